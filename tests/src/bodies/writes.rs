//! Inserts and saves: revisions, stamps, conflicts.

use std::time::Duration;

use keyloom::{ErrorKind, Revision, Timestamp};

use crate::Database;
use crate::check::{board, conflict, ok, refused};
use crate::domain::desk::{BoardItem, Desk, Note, Remark, Status, Ticket};
use crate::domain::{acme, clock, open, open_at, second};

/// An insert moves the revision to one, sets both stamps, and stores what the struct then says.
pub(crate) async fn an_insert_sets_revision_and_stamps(db: &dyn Database) {
    let clock = clock();
    let desk = open_at::<Desk>(db, &clock).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1).titled("first");
    ticket.labels = vec!["x".to_owned(), String::new()];
    let mut expected = ticket.clone();
    ok(desk.insert(&mut ticket).await);
    (expected.revision, expected.created, expected.updated) =
        (Revision::new(1), second(0), second(0));
    assert_eq!(ticket, expected);
    assert_eq!(ok(desk.get(Ticket::key("b", 1)).await), Some(expected.clone()));
    assert_eq!(board(&desk, "b").await, [BoardItem::Ticket(Box::new(expected))]);
}

/// An insert over a stored record answers with it, and leaves it and the caller's struct alone.
pub(crate) async fn an_insert_of_a_taken_key_answers_with_the_stored_record(db: &dyn Database) {
    let clock = clock();
    let desk = open_at::<Desk>(db, &clock).await.tenant(&acme());
    let mut first = Ticket::new("b", 1).titled("first");
    ok(desk.insert(&mut first).await);
    ok(desk.save(&mut first).await);
    clock.advance(Duration::from_secs(5));
    let mut second_one = Ticket::new("b", 1).titled("second");
    let before = second_one.clone();
    let error = refused(desk.insert(&mut second_one).await, ErrorKind::AlreadyExists);
    assert_eq!(error.record(), Some("Ticket"));
    assert!(!error.is_retryable());
    assert_eq!(conflict::<Ticket>(&error), (0, 2, &first));
    assert_eq!(second_one, before);
    assert_eq!(board(&desk, "b").await, [BoardItem::Ticket(Box::new(first))]);
}

/// An insert is create-only whatever revision the struct holds.
pub(crate) async fn an_insert_starts_again_at_revision_one(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ticket.revision = Revision::new(9);
    ok(desk.insert(&mut ticket).await);
    assert_eq!(ticket.revision, Revision::new(1));
    let mut again = ticket.clone();
    let error = refused(desk.insert(&mut again).await, ErrorKind::AlreadyExists);
    assert_eq!(conflict::<Ticket>(&error), (0, 1, &ticket));
    assert_eq!(again, ticket);
}

/// At revision zero a save inserts; each save after that moves the revision by one and `updated`,
/// never `created`.
pub(crate) async fn a_save_inserts_and_then_compares_and_sets(db: &dyn Database) {
    let clock = clock();
    let desk = open_at::<Desk>(db, &clock).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ok(desk.save(&mut ticket).await);
    assert_eq!((ticket.created, ticket.updated), (second(0), second(0)));
    for round in 2..=4 {
        clock.advance(Duration::from_secs(1));
        ticket.title = format!("round {round}");
        ticket.owner = (round % 2 == 0).then(|| "zoe".to_owned());
        let mut expected = ticket.clone();
        ok(desk.save(&mut ticket).await);
        expected.revision = Revision::new(round);
        expected.updated = second(i64::try_from(round).unwrap_or_default() - 1);
        assert_eq!(ticket, expected);
        assert_eq!(ok(desk.get(Ticket::key("b", 1)).await), Some(expected));
    }
    assert_eq!(board(&desk, "b").await.len(), 1);
}

/// A struct at revision zero does not replace a stored record.
pub(crate) async fn a_save_at_revision_zero_never_replaces(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut first = Ticket::new("b", 1).titled("first");
    ok(desk.save(&mut first).await);
    let mut other = Ticket::new("b", 1).titled("other");
    let before = other.clone();
    let error = refused(desk.save(&mut other).await, ErrorKind::AlreadyExists);
    assert_eq!(conflict::<Ticket>(&error), (0, 1, &first));
    assert_eq!(other, before);
    assert_eq!(ok(desk.get(Ticket::key("b", 1)).await), Some(first));
}

/// A stale save is a conflict that carries both revisions and the stored record; the struct stays as
/// it was, so a retry from the stored record succeeds.
pub(crate) async fn a_stale_save_is_a_conflict(db: &dyn Database) {
    let clock = clock();
    let desk = open_at::<Desk>(db, &clock).await.tenant(&acme());
    let mut mine = Ticket::new("b", 1);
    ok(desk.save(&mut mine).await);
    let mut theirs = mine.clone();
    clock.advance(Duration::from_secs(1));
    theirs.title = "theirs".into();
    ok(desk.save(&mut theirs).await);
    ok(desk.save(&mut theirs).await);

    mine.title = "mine".into();
    mine.status = Status::Closed;
    let before = mine.clone();
    let error = refused(desk.save(&mut mine).await, ErrorKind::Conflict);
    assert_eq!(conflict::<Ticket>(&error), (1, 3, &theirs));
    assert_eq!(error.record(), Some("Ticket"));
    assert!(!error.is_retryable());
    assert_eq!(mine, before);
    assert_eq!(board(&desk, "b").await, [BoardItem::Ticket(Box::new(theirs))]);

    let stored = ok(error.into_conflict::<Ticket>());
    let mut merged = ok(stored.stored);
    merged.title = "mine".into();
    ok(desk.save(&mut merged).await);
    assert_eq!(merged.revision, Revision::new(4));
    assert_eq!(ok(desk.get(Ticket::key("b", 1)).await), Some(merged));
}

/// A revision that the record has not reached conflicts as a stale one does.
pub(crate) async fn a_revision_from_the_future_is_a_conflict(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut stored = Ticket::new("b", 1);
    ok(desk.save(&mut stored).await);
    for ahead in [2, 3, u64::try_from(i64::MAX).unwrap_or_default() - 1] {
        let mut forged = stored.clone();
        forged.revision = Revision::new(ahead);
        let error = refused(desk.save(&mut forged).await, ErrorKind::Conflict);
        assert_eq!(conflict::<Ticket>(&error), (ahead, 1, &stored));
    }
    assert_eq!(ok(desk.get(Ticket::key("b", 1)).await), Some(stored));
}

/// Missing and stale are different answers, and a save of a missing record writes nothing.
pub(crate) async fn a_save_of_a_missing_record_is_not_found(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ok(desk.save(&mut ticket).await);
    assert!(ok(desk.delete(&ticket).await));
    let before = ticket.clone();
    let error = refused(desk.save(&mut ticket).await, ErrorKind::NotFound);
    assert_eq!(error.record(), Some("Ticket"));
    assert!(error.conflict::<Ticket>().is_none());
    assert_eq!(ticket, before);

    let mut never = Ticket::new("b", 2);
    never.revision = Revision::new(1);
    refused(desk.save(&mut never).await, ErrorKind::NotFound);
    assert_eq!(board(&desk, "b").await, []);
}

/// `created` is set once: what a caller writes there is never stored.
pub(crate) async fn created_is_never_forged(db: &dyn Database) {
    let clock = clock();
    let desk = open_at::<Desk>(db, &clock).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ticket.created = second(-1_000);
    ticket.updated = second(1_000);
    ok(desk.insert(&mut ticket).await);
    assert_eq!((ticket.created, ticket.updated), (second(0), second(0)));

    clock.advance(Duration::from_secs(7));
    ticket.created = Timestamp::MIN;
    ticket.updated = Timestamp::MAX;
    ok(desk.save(&mut ticket).await);
    let stored = ok(desk.get(Ticket::key("b", 1)).await).expect("the ticket is stored");
    assert_eq!((stored.created, stored.updated), (second(0), second(7)));

    let mut note = Note::new("b", "n", "text");
    note.created = Timestamp::MIN;
    ok(desk.save(&mut note).await);
    assert_eq!(note.created, second(7));
    clock.advance(Duration::from_secs(1));
    note.created = Timestamp::MAX;
    ok(desk.save(&mut note).await);
    assert_eq!((note.created, note.updated), (second(7), second(8)));
    assert_eq!(ok(desk.get(Note::key("b", "n")).await), Some(note));
}

/// A record without a revision is written over whatever is stored; `created` stays that of the first
/// write, in the store and in the caller's struct.
pub(crate) async fn a_save_without_revision_replaces_and_keeps_created(db: &dyn Database) {
    let clock = clock();
    let desk = open_at::<Desk>(db, &clock).await.tenant(&acme());
    let mut note = Note::new("b", "n", "one");
    note.colour = Some("red".to_owned());
    ok(desk.save(&mut note).await);
    assert_eq!((note.created, note.updated), (second(0), second(0)));

    clock.advance(Duration::from_secs(3));
    let mut other = Note::new("b", "n", "two");
    ok(desk.save(&mut other).await);
    assert_eq!((other.created, other.updated), (second(0), second(3)));
    assert_eq!(other.colour, None);
    assert_eq!(board(&desk, "b").await, [BoardItem::Note(other)]);
}

/// An insert is create-only for a record without a revision too.
pub(crate) async fn an_insert_without_revision_is_create_only(db: &dyn Database) {
    let clock = clock();
    let desk = open_at::<Desk>(db, &clock).await.tenant(&acme());
    let mut note = Note::new("b", "n", "one");
    ok(desk.insert(&mut note).await);
    clock.advance(Duration::from_secs(3));
    let mut other = Note::new("b", "n", "two");
    let before = other.clone();
    let error = refused(desk.insert(&mut other).await, ErrorKind::AlreadyExists);
    assert_eq!(conflict::<Note>(&error), (0, 0, &note));
    assert_eq!(other, before);
    assert_eq!(board(&desk, "b").await, [BoardItem::Note(note)]);
}

/// A record may have no role but its tenant's.
pub(crate) async fn a_record_without_roles_is_stored(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut remark = Remark::new("b", 1, -1);
    ok(desk.save(&mut remark).await);
    remark.text = "changed".into();
    ok(desk.save(&mut remark).await);
    refused(desk.insert(&mut remark.clone()).await, ErrorKind::AlreadyExists);
    assert_eq!(ok(desk.get(Remark::key("b", 1, -1)).await), Some(remark.clone()));
    assert!(ok(desk.delete(&remark).await));
    assert_eq!(ok(desk.get(Remark::key("b", 1, -1)).await), None);
}

/// A struct whose key field was changed addresses another record, and is compared with that one.
pub(crate) async fn a_changed_key_addresses_another_record(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut first = Ticket::new("b", 1).titled("first");
    ok(desk.save(&mut first).await);
    let mut second_one = Ticket::new("b", 2).titled("second");
    ok(desk.save(&mut second_one).await);
    ok(desk.save(&mut second_one).await);

    let mut moved = first.clone();
    moved.id = 3;
    refused(desk.save(&mut moved).await, ErrorKind::NotFound);
    moved.id = 2;
    let error = refused(desk.save(&mut moved).await, ErrorKind::Conflict);
    assert_eq!(conflict::<Ticket>(&error), (1, 2, &second_one));
    moved.revision = second_one.revision;
    ok(desk.save(&mut moved).await);
    assert_eq!((moved.title.as_str(), moved.revision), ("first", Revision::new(3)));
    // What is stored keeps its own `created`.
    moved.created = second_one.created;

    let expected = [first, moved].map(|ticket| BoardItem::Ticket(Box::new(ticket)));
    assert_eq!(board(&desk, "b").await, expected);
}

/// Revisions restart when a record is deleted and inserted again, and `created` is new.
pub(crate) async fn a_deleted_record_begins_anew(db: &dyn Database) {
    let clock = clock();
    let desk = open_at::<Desk>(db, &clock).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ticket.owner = Some("zoe".to_owned());
    ok(desk.save(&mut ticket).await);
    ok(desk.save(&mut ticket).await);
    assert!(ok(desk.delete(Ticket::key("b", 1)).await));
    clock.advance(Duration::from_secs(9));
    let mut again = Ticket::new("b", 1);
    ok(desk.save(&mut again).await);
    assert_eq!((again.revision, again.created), (Revision::new(1), second(9)));
    assert_eq!(ok(desk.get(Ticket::key("b", 1)).await), Some(again));
}
