//! Collections: records of several types in one partition.

use crate::Database;
use crate::check::{Tenant, ok};
use crate::domain::desk::{BoardItem, Desk, Note, Remark, Ticket, Written};
use crate::domain::{acme, open};
use crate::ways::{assert_query, pages};

/// Fills a board, in no order, and says what it holds in key order: notes, remarks, tickets.
async fn fill(desk: &Tenant<Desk>, board: &str) -> Vec<BoardItem> {
    let mut items = Vec::new();
    for name in ["", "a", "a#b", "ab", "ä"] {
        items.push(BoardItem::Note(Note::new(board, name, "text")));
    }
    for (ticket, number) in [(1, -2), (1, -1), (1, 10), (2, 0), (10, 0)] {
        items.push(BoardItem::Remark(Remark::new(board, ticket, number)));
    }
    for id in [0, 1, 2, 10, u32::MAX] {
        items.push(BoardItem::Ticket(Box::new(Ticket::new(board, id))));
    }
    let count = items.len();
    for at in (0..count).map(|at| at * 7 % count) {
        match &mut items[at] {
            BoardItem::Ticket(ticket) => ok(desk.insert(&mut **ticket).await),
            BoardItem::Note(note) => ok(desk.insert(note).await),
            BoardItem::Remark(remark) => ok(desk.insert(remark).await),
        }
    }
    items
}

/// A collection query returns every member of one partition, in key order, in every way to run it.
pub(crate) async fn a_collection_comes_in_key_order(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    for other in ["", "b#", "bb", "B", "c"] {
        fill(&desk, other).await;
    }
    let items = fill(&desk, "b").await;
    assert_query(db, &items, || desk.query(BoardItem::partition("b"))).await;
    assert_query(db, &[], || desk.query(BoardItem::partition("x"))).await;
}

/// Pages of every size cross from one member to the next without a gap or a repetition.
pub(crate) async fn pages_cross_from_member_to_member(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let items = fill(&desk, "b").await;
    let reversed: Vec<BoardItem> = items.iter().rev().cloned().collect();
    for size in 1..=items.len() + 1 {
        let query = || desk.query(BoardItem::partition("b"));
        assert_eq!(pages(query, size).await.concat(), items, "{size}");
        let newest = || query().newest_first();
        assert_eq!(pages(newest, size).await.concat(), reversed, "{size}");
    }
}

/// Members that have no record in the partition leave no trace, whichever they are.
pub(crate) async fn members_may_be_missing(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    for (at, present) in
        [[true, false, false], [false, true, false], [false, false, true], [true, false, true]]
            .into_iter()
            .enumerate()
    {
        let board = format!("board {at}");
        let items: Vec<BoardItem> = fill(&desk, &board).await;
        let mut left = Vec::new();
        for item in items {
            let kind = match &item {
                BoardItem::Note(_) => 0,
                BoardItem::Remark(_) => 1,
                BoardItem::Ticket(_) => 2,
            };
            if present[kind] {
                left.push(item);
                continue;
            }
            let deleted = match &item {
                BoardItem::Note(note) => ok(desk.delete(note).await),
                BoardItem::Remark(remark) => ok(desk.delete(remark).await),
                BoardItem::Ticket(ticket) => ok(desk.delete(&**ticket).await),
            };
            assert!(deleted);
        }
        let name = board.as_str();
        assert_query(db, &left, || desk.query(BoardItem::partition(name))).await;
    }
}

/// A collection of some of the types passes over records of the others, exact limits included.
pub(crate) async fn a_collection_passes_over_other_records(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let items = fill(&desk, "b").await;
    let written: Vec<Written> = items
        .into_iter()
        .filter_map(|item| match item {
            BoardItem::Note(note) => Some(Written::Note(note)),
            BoardItem::Remark(remark) => Some(Written::Remark(remark)),
            BoardItem::Ticket(_) => None,
        })
        .collect();
    assert_eq!(written.len(), 10);
    assert_query(db, &written, || desk.query(Written::partition("b"))).await;
}

/// A query of one member passes over the others.
pub(crate) async fn a_member_query_returns_its_type_alone(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let items = fill(&desk, "b").await;
    let (mut notes, mut remarks, mut tickets) = (Vec::new(), Vec::new(), Vec::new());
    for item in items {
        match item {
            BoardItem::Note(note) => notes.push(note),
            BoardItem::Remark(remark) => remarks.push(remark),
            BoardItem::Ticket(ticket) => tickets.push(*ticket),
        }
    }
    assert_query(db, &notes, || desk.query(Note::partition("b"))).await;
    assert_query(db, &remarks, || desk.query(Remark::partition("b"))).await;
    assert_query(db, &remarks[..3], || desk.query(Remark::partition("b").ticket(1))).await;
    assert_query(db, &remarks[..2], || desk.query(Remark::partition("b").ticket(1).number(..0)))
        .await;
    assert_query(db, &tickets, || desk.query(Ticket::partition("b"))).await;
    let reads = ok(desk.read_scope().await);
    assert_eq!(ok(reads.query(BoardItem::partition("b")).count().await), 15);
}

/// A big collection, of which each step of a stream reads a part.
pub(crate) async fn a_long_collection_is_streamed(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut notes: Vec<_> = (0..120).map(|at| Note::new("b", &format!("{at:03}"), "t")).collect();
    let mut remarks: Vec<_> = (0..120).map(|at| Remark::new("b", at, 0)).collect();
    let mut tickets: Vec<_> = (0..120).map(|at| Ticket::new("b", at)).collect();
    for outcome in ok(desk.insert_all(&mut tickets).await) {
        ok(outcome);
    }
    for outcome in ok(desk.save_all(&mut notes).await) {
        ok(outcome);
    }
    for outcome in ok(desk.insert_all(&mut remarks).await) {
        ok(outcome);
    }
    let items: Vec<BoardItem> = notes
        .into_iter()
        .map(BoardItem::Note)
        .chain(remarks.into_iter().map(BoardItem::Remark))
        .chain(tickets.into_iter().map(|ticket| BoardItem::Ticket(Box::new(ticket))))
        .collect();
    assert_query(db, &items, || desk.query(BoardItem::partition("b"))).await;
}
