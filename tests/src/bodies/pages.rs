//! Pages and cursors.

use std::time::Duration;

use keyloom::{Cursor, DEFAULT_PAGE, ErrorKind};

use crate::check::{Tenant, ok, refused};
use crate::domain::desk::{BoardItem, Desk, Note, Notice, Person, Status, Ticket, Written};
use crate::domain::{Account, LOOK_ALIKE, acme, clock, open, open_at, second};
use crate::ways::pages;
use crate::{Database, eventually};

async fn tickets(desk: &Tenant<Desk>, board: &str, count: u32) -> Vec<Ticket> {
    let mut tickets: Vec<_> = (0..count).map(|id| Ticket::new(board, id)).collect();
    for outcome in ok(desk.insert_all(&mut tickets).await) {
        ok(outcome);
    }
    tickets
}

/// The cursor behind the first `count` tickets of a board.
async fn cursor(desk: &Tenant<Desk>, board: &str, count: usize) -> Cursor {
    let page = ok(desk.query(Ticket::partition(board)).limit(count).page(None).await);
    page.cursor.expect("a full page has a cursor")
}

/// A page holds a hundred records unless the query says otherwise.
pub(crate) async fn a_page_has_a_size_without_a_limit(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let all = tickets(&desk, "b", 150).await;
    let first = ok(desk.query(Ticket::partition("b")).page(None).await);
    assert_eq!(first.items, all[..DEFAULT_PAGE]);
    let second = ok(desk.query(Ticket::partition("b")).page(first.cursor.as_ref()).await);
    assert_eq!(second.items, all[DEFAULT_PAGE..]);
    assert_eq!(second.cursor, None);
    // All other ways to run it know no such bound.
    assert_eq!(ok(desk.query(Ticket::partition("b")).all().await).len(), 150);
}

/// The limit may change from page to page.
pub(crate) async fn the_limit_may_change_between_pages(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let all = tickets(&desk, "b", 20).await;
    let mut cursor = None;
    let mut read = 0;
    for limit in [1, 7, 2, 5, 3] {
        let page = ok(desk.query(Ticket::partition("b")).limit(limit).page(cursor.as_ref()).await);
        assert_eq!(page.items, all[read..read + limit]);
        read += limit;
        cursor = page.cursor;
        assert!(cursor.is_some());
    }
    let rest = ok(desk.query(Ticket::partition("b")).page(cursor.as_ref()).await);
    assert_eq!((rest.items.as_slice(), rest.cursor), (&all[18..], None));
}

/// A page of nothing has no cursor and reads nothing, with or without one.
pub(crate) async fn a_page_of_no_records(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    tickets(&desk, "b", 3).await;
    let cursor = cursor(&desk, "b", 1).await;
    for after in [None, Some(&cursor)] {
        let page = ok(desk.query(Ticket::partition("b")).limit(0).page(after).await);
        assert!(page.items.is_empty());
        assert_eq!(page.cursor, None);
    }
}

/// A cursor is text: it goes through a client and another handle, and the records that came or went
/// meanwhile are seen or missed by their place alone.
pub(crate) async fn a_cursor_goes_on_on_another_handle(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let all = tickets(&desk, "b", 10).await;
    let text = cursor(&desk, "b", 4).await.as_str().to_owned();

    let other = open::<Desk>(db).await.tenant(&acme());
    ok(other.delete(&all[3]).await);
    ok(other.delete(&all[5]).await);
    ok(other.delete(&all[0]).await);
    let page = ok(other
        .query(Ticket::partition("b"))
        .limit(3)
        .page(Some(&Cursor::from(text.as_str())))
        .await);
    assert_eq!(page.items, [all[4].clone(), all[6].clone(), all[7].clone()]);
    let mut back = all[0].clone();
    ok(other.insert(&mut back).await);
    let last = ok(desk.query(Ticket::partition("b")).limit(3).page(page.cursor.as_ref()).await);
    assert_eq!((last.items.as_slice(), last.cursor), (&all[8..], None));
}

/// A cursor of an index holds the primary key too, so records of one index key are each read once.
pub(crate) async fn a_cursor_of_an_index_tells_equal_keys_apart(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut all = Vec::new();
    for board in ["", "b", "b#", "c"] {
        all.extend(tickets(&desk, board, 5).await);
    }
    for size in [1, 3, 5, 20] {
        for newest in [false, true] {
            let mut expected = all.clone();
            if newest {
                expected.reverse();
            }
            eventually(db, expected, async || {
                let query = || {
                    let query = desk.query(Ticket::by_status(Status::Open).priority(0));
                    if newest { query.newest_first() } else { query }
                };
                pages(query, size).await.concat()
            })
            .await;
        }
    }
}

/// A record that moves on its index behind the cursor is read again; one that moves before it is not.
pub(crate) async fn a_cursor_keeps_its_place_while_records_move(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut all = tickets(&desk, "b", 6).await;
    for (ticket, priority) in all.iter_mut().zip([10, 20, 30, 40, 50, 60]) {
        ticket.priority = priority;
        ok(desk.save(ticket).await);
    }
    let query = || desk.query(Ticket::by_status(Status::Open)).limit(3);
    eventually(db, vec![0, 1, 2], async || {
        ok(query().all().await).iter().map(|ticket| ticket.id).collect::<Vec<_>>()
    })
    .await;
    let first = ok(query().page(None).await);
    all[0].priority = 45;
    ok(desk.save(&mut all[0]).await);
    all[5].priority = 5;
    ok(desk.save(&mut all[5]).await);
    eventually(db, vec![3, 0, 4], async || {
        let page = ok(query().page(first.cursor.as_ref()).await);
        page.items.iter().map(|ticket| ticket.id).collect::<Vec<_>>()
    })
    .await;
}

/// A cursor belongs to its query: path, values, range, order and filter.
pub(crate) async fn a_cursor_of_another_query_is_refused(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    tickets(&desk, "b", 10).await;
    tickets(&desk, "c", 10).await;
    let cursor = cursor(&desk, "b", 3).await;
    let after = Some(&cursor);
    let others = [
        desk.query(Ticket::partition("c")),
        desk.query(Ticket::partition("b#")),
        desk.query(Ticket::partition("b").id(2)),
        desk.query(Ticket::partition("b").id(0..)),
        desk.query(Ticket::partition("b").id(3..)),
        desk.query(Ticket::partition("b").id(..10)),
        desk.query(Ticket::partition("b")).newest_first(),
        desk.query(Ticket::partition("b")).filter(Ticket::PRIORITY.eq(0)),
        desk.query(Ticket::by_status(Status::Open)),
        desk.query(Ticket::by_change("b")),
    ];
    for (at, query) in others.into_iter().enumerate() {
        let error = refused(query.page(after).await, ErrorKind::InvalidCursor);
        assert!(!error.is_retryable(), "{at}");
    }
    refused(desk.query(Note::partition("b")).page(after).await, ErrorKind::InvalidCursor);
    refused(desk.query(BoardItem::partition("b")).page(after).await, ErrorKind::InvalidCursor);
    let filtered = || desk.query(Ticket::partition("b")).filter(Ticket::PRIORITY.lt(5));
    let page = ok(filtered().limit(2).page(None).await);
    ok(filtered().page(page.cursor.as_ref()).await);
    let other = desk.query(Ticket::partition("b")).filter(Ticket::PRIORITY.lt(6));
    refused(other.page(page.cursor.as_ref()).await, ErrorKind::InvalidCursor);
    refused(
        desk.query(Ticket::partition("b")).page(page.cursor.as_ref()).await,
        ErrorKind::InvalidCursor,
    );
    let items = ok(desk.query(BoardItem::partition("b")).limit(2).page(None).await);
    refused(
        desk.query(Written::partition("b")).page(items.cursor.as_ref()).await,
        ErrorKind::InvalidCursor,
    );
    // The cursor itself is still good.
    assert_eq!(ok(desk.query(Ticket::partition("b")).page(after).await).items.len(), 7);
}

/// A cursor belongs to its tenant, however much another one looks alike.
pub(crate) async fn a_cursor_of_another_tenant_is_refused(db: &dyn Database) {
    let store = open::<Desk>(db).await;
    let mut cursors = Vec::new();
    for tenant in LOOK_ALIKE {
        let account = Account::from(tenant);
        let desk = store.tenant(&account);
        for id in 0..3 {
            let mut ticket = Ticket { account: account.clone(), ..Ticket::new("b", id) };
            ok(desk.insert(&mut ticket).await);
        }
        cursors.push((account, cursor(&desk, "b", 1).await));
    }
    for (owner, cursor) in &cursors {
        for (account, _) in &cursors {
            let desk = store.tenant(account);
            let page = desk.query(Ticket::partition("b")).page(Some(cursor)).await;
            if owner == account {
                assert_eq!(ok(page).items.len(), 2);
            } else {
                refused(page, ErrorKind::InvalidCursor);
            }
        }
        let global = store.global();
        let query = global.query(Notice::partition("b"));
        refused(query.page(Some(cursor)).await, ErrorKind::InvalidCursor);
    }
}

/// A cursor that was changed in any byte, cut, lengthened or made up is refused, without a panic.
pub(crate) async fn a_damaged_cursor_is_refused(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    tickets(&desk, "b", 10).await;
    let good = cursor(&desk, "b", 3).await.as_str().to_owned();
    let mut damaged: Vec<String> = [
        "",
        " ",
        "x",
        "0",
        "null",
        "\0",
        "ä",
        "äääääääääääääääääääää",
        "🦀🦀🦀🦀🦀🦀🦀🦀",
        "0000000000000000",
        "00000000000000000000000000000000000000000000000000",
        "ffffffffffffffffffffffffffffffffffffffffffffffffff",
        "%23%24",
        "../../etc/passwd",
    ]
    .map(str::to_owned)
    .into();
    damaged.push("f".repeat(100_000));
    damaged.push(format!("{good}0"));
    damaged.push(format!("{good}00"));
    damaged.push(format!("0{good}"));
    damaged.push(format!("00{good}"));
    damaged.push(format!("{good}{good}"));
    damaged.push(good.chars().rev().collect());
    damaged.extend([good.to_uppercase(), good.to_lowercase()]);
    damaged.retain(|text| *text != good);
    for at in 0..good.len() {
        damaged.push(good[..at].to_owned());
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
        damaged.push(String::from_utf8(bytes).unwrap_or_default());
        damaged.push(format!("{}ä{}", &good[..at], &good[at + 1..]));
    }
    for text in damaged {
        let page = desk.query(Ticket::partition("b")).page(Some(&Cursor::from(text))).await;
        refused(page, ErrorKind::InvalidCursor);
    }
    ok(desk.query(Ticket::partition("b")).page(Some(&Cursor::from(good))).await);
}

/// `max_read` bounds what is looked at; short pages have cursors, and following them finds all.
pub(crate) async fn max_read_bounds_a_page(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut all = tickets(&desk, "b", 60).await;
    for ticket in all.iter_mut().filter(|ticket| ticket.id % 20 == 19) {
        ticket.title = "rare".into();
        ok(desk.save(ticket).await);
    }
    for newest in [false, true] {
        for bound in [1, 7, 20, 60, 61] {
            let query = || {
                let query = desk.query(Ticket::partition("b")).filter(Ticket::TITLE.eq("rare"));
                let query = if newest { query.newest_first() } else { query };
                query.max_read(bound).limit(2)
            };
            let mut found = Vec::new();
            let mut cursor = None;
            let mut requests = 0;
            loop {
                let page = ok(query().page(cursor.as_ref()).await);
                assert!(page.items.len() <= 2);
                assert!(page.items.len() <= bound);
                found.extend(page.items.into_iter().map(|ticket| ticket.id));
                requests += 1;
                assert!(requests <= 70, "the cursors go on without end");
                cursor = page.cursor;
                if cursor.is_none() {
                    break;
                }
            }
            let expected = if newest { [59, 39, 19] } else { [19, 39, 59] };
            assert_eq!(found, expected, "max_read({bound})");
            assert!(requests >= 60 / bound.max(20), "max_read({bound}) took {requests} requests");
        }
    }
}

/// Without a filter, `max_read` is one more limit on the page.
pub(crate) async fn max_read_without_a_filter(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let all = tickets(&desk, "b", 10).await;
    let mut found = Vec::new();
    let mut cursor = None;
    for _ in 0..=all.len() {
        let page = ok(desk.query(Ticket::partition("b")).max_read(3).page(cursor.as_ref()).await);
        found.extend(page.items);
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((found, cursor), (all, None));
}

/// A page skips expired records and still holds as many as the limit says.
pub(crate) async fn a_page_is_full_beside_expired_records(db: &dyn Database) {
    let clock = clock();
    let desk = open_at::<Desk>(db, &clock).await.tenant(&acme());
    for id in 0..20 {
        let mut person = Person::new(id, &format!("p{id}@x"));
        person.seat = Some(u8::try_from(id).unwrap_or_default());
        person.leaves = (id % 3 != 0).then(|| second(10));
        ok(desk.insert(&mut person).await);
    }
    clock.advance(Duration::from_secs(10));
    let query = || desk.query(Person::one_seat("attic"));
    eventually(db, vec![0, 3, 6, 9, 12, 15, 18], async || {
        let pages = pages(query, 3).await;
        assert!(pages.iter().rev().skip(1).all(|page| page.len() == 3));
        pages.concat().iter().map(|person| person.id).collect::<Vec<_>>()
    })
    .await;
}
