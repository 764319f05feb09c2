//! Index entries follow the fields they are made of.

use std::time::Duration;

use crate::Database;
use crate::check::ok;
use crate::domain::desk::{Desk, Note, Notice, Status, Ticket};
use crate::domain::{acme, clock, open, open_at, second};
use crate::ways::assert_query;

/// A change of an index field moves the entry; the old place is empty.
pub(crate) async fn entries_move_with_the_fields(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    let mut other = Ticket::new("b", 2);
    ok(desk.insert(&mut ticket).await);
    ok(desk.insert(&mut other).await);
    let desk = &desk;
    let at = |status| move || desk.query(Ticket::by_status(status));
    assert_query(db, &[ticket.clone(), other.clone()], at(Status::Open)).await;
    ticket.status = Status::Waiting;
    ok(desk.save(&mut ticket).await);
    assert_query(db, &[other.clone()], at(Status::Open)).await;
    assert_query(db, &[ticket.clone()], at(Status::Waiting)).await;
    assert_query(db, &[], at(Status::Closed)).await;

    other.status = Status::Waiting;
    other.priority = -1;
    ok(desk.save(&mut other).await);
    assert_query(db, &[other.clone(), ticket.clone()], at(Status::Waiting)).await;
    other.priority = 1;
    ok(desk.save(&mut other).await);
    assert_query(db, &[ticket.clone(), other.clone()], at(Status::Waiting)).await;
    assert_query(db, &[], || desk.query(Ticket::by_status(Status::Waiting).priority(-1))).await;
    assert_query(db, &[other], || desk.query(Ticket::by_status(Status::Waiting).priority(1..)))
        .await;
}

/// An entry shows the whole record as it is stored now, also where its own fields did not change.
pub(crate) async fn entries_show_the_stored_record(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    for round in 0..3 {
        ticket.title = format!("round {round}");
        ticket.labels.push(format!("label {round}"));
        ok(desk.save(&mut ticket).await);
        assert_query(db, &[ticket.clone()], || desk.query(Ticket::by_status(Status::Open))).await;
    }
    let mut note = Note::new("b", "n", "one");
    note.colour = Some("red".to_owned());
    ok(desk.save(&mut note).await);
    note.text = "two".into();
    ok(desk.save(&mut note).await);
    assert_query(db, &[note], || desk.query(Note::by_colour("b"))).await;
}

/// A failed write moves no entry.
pub(crate) async fn a_refused_write_moves_no_entry(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ok(desk.insert(&mut ticket).await);
    let mut stale = ticket.clone();
    ok(desk.save(&mut ticket).await);
    stale.status = Status::Closed;
    assert!(desk.save(&mut stale).await.is_err());
    assert!(desk.insert(&mut stale).await.is_err());
    assert!(desk.delete(&stale).await.is_err());
    assert_query(db, &[ticket], || desk.query(Ticket::by_status(Status::Open))).await;
    assert_query(db, &[], || desk.query(Ticket::by_status(Status::Closed))).await;
}

/// A delete takes the record out of every index, by reference and by key.
pub(crate) async fn entries_vanish_on_delete(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut tickets = [1, 2, 3].map(|id| Ticket {
        owner: Some("zoe".to_owned()),
        due: Some(second(i64::from(id))),
        ..Ticket::new("b", id)
    });
    for ticket in &mut tickets {
        ok(desk.insert(ticket).await);
    }
    assert_query(db, &tickets, || desk.query(Ticket::by_owner("zoe"))).await;
    ok(desk.delete(&tickets[0]).await);
    ok(desk.delete(Ticket::key("b", 2)).await);
    assert_query(db, &tickets[2..], || desk.query(Ticket::by_owner("zoe"))).await;
    assert_query(db, &tickets[2..], || desk.query(Ticket::by_status(Status::Open))).await;
    ok(desk.delete(Ticket::key("b", 3)).await);
    assert_query(db, &[], || desk.query(Ticket::by_owner("zoe"))).await;
    assert_query(db, &[], || desk.query(Ticket::by_change("b"))).await;
}

/// A record with `None` in any placeholder is not in the index; it enters and leaves as the field does.
pub(crate) async fn none_is_not_in_the_index(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let zoe = || Some("zoe".to_owned());
    let mut ticket = Ticket { owner: zoe(), ..Ticket::new("b", 1) };
    ok(desk.insert(&mut ticket).await);
    let mut due = Ticket { due: Some(second(5)), ..Ticket::new("b", 2) };
    ok(desk.insert(&mut due).await);
    assert_query(db, &[], || desk.query(Ticket::by_owner("zoe"))).await;

    ticket.due = Some(second(9));
    ok(desk.save(&mut ticket).await);
    due.owner = zoe();
    ok(desk.save(&mut due).await);
    assert_query(db, &[due.clone(), ticket.clone()], || desk.query(Ticket::by_owner("zoe"))).await;

    due.owner = None;
    ok(desk.save(&mut due).await);
    assert_query(db, &[ticket.clone()], || desk.query(Ticket::by_owner("zoe").due(..))).await;
    ticket.due = None;
    ok(desk.save(&mut ticket).await);
    assert_query(db, &[], || desk.query(Ticket::by_owner("zoe"))).await;
    assert_query(db, &[ticket, due], || desk.query(Ticket::by_status(Status::Open))).await;
}

/// `updated` orders an index: each save moves the record to the end.
pub(crate) async fn an_index_by_update_follows_every_save(db: &dyn Database) {
    let clock = clock();
    let desk = open_at::<Desk>(db, &clock).await.tenant(&acme());
    let mut tickets = [1, 2, 3].map(|id| Ticket::new("b", id));
    for ticket in &mut tickets {
        ok(desk.insert(ticket).await);
        clock.advance(Duration::from_micros(1));
    }
    for at in [0, 2, 0, 1] {
        ok(desk.save(&mut tickets[at]).await);
        clock.advance(Duration::from_micros(1));
        let mut expected = tickets.to_vec();
        expected.sort_by_key(|ticket| ticket.updated);
        assert_query(db, &expected, || desk.query(Ticket::by_change("b"))).await;
    }
    let since = tickets[0].updated;
    let mut expected = tickets.to_vec();
    expected.retain(|ticket| ticket.updated >= since);
    expected.sort_by_key(|ticket| ticket.updated);
    assert_query(db, &expected, || desk.query(Ticket::by_change("b").updated(since..))).await;
}

/// A tenant's record and a global one do not meet, whatever their keys: not in the primary key, not
/// in an index.
pub(crate) async fn global_records_are_apart(db: &dyn Database) {
    let store = open::<Desk>(db).await;
    let (desk, global) = (store.tenant(&acme()), store.global());
    let mut note = Note { colour: Some("red".to_owned()), ..Note::new("b", "n", "tenant's") };
    ok(desk.insert(&mut note).await);
    let mut notice = Notice { colour: Some("red".to_owned()), ..Notice::new("b", "n") };
    ok(global.insert(&mut notice).await);
    assert_eq!(ok(desk.get(Note::key("b", "n")).await), Some(note.clone()));
    assert_eq!(ok(global.get(Notice::key("b", "n")).await), Some(notice.clone()));
    assert_query(db, &[note.clone()], || desk.query(Note::partition("b"))).await;
    assert_query(db, &[notice.clone()], || global.query(Notice::partition("b"))).await;
    assert_query(db, &[note.clone()], || desk.query(Note::by_colour("b"))).await;
    assert_query(db, &[notice.clone()], || global.query(Notice::by_colour("b"))).await;
    ok(desk.delete(&note).await);
    assert_query(db, &[notice.clone()], || global.query(Notice::by_colour("b").colour("red")))
        .await;
    ok(global.delete(&notice).await);
    assert_query(db, &[], || global.query(Notice::partition("b"))).await;
}
