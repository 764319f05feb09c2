//! Deletes by reference and by key.

use keyloom::{ErrorKind, Revision};

use crate::Database;
use crate::check::{board, conflict, ok, refused};
use crate::domain::desk::{BoardItem, Desk, Note, Person, Ticket};
use crate::domain::{Account, LOOK_ALIKE, acme, open};

/// A delete by reference removes the record at exactly its revision.
pub(crate) async fn a_delete_by_reference_checks_the_revision(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ok(desk.save(&mut ticket).await);
    let stale = ticket.clone();
    ok(desk.save(&mut ticket).await);

    let error = refused(desk.delete(&stale).await, ErrorKind::Conflict);
    assert_eq!(conflict::<Ticket>(&error), (1, 2, &ticket));
    let error = refused(desk.delete(&Ticket::new("b", 1)).await, ErrorKind::Conflict);
    assert_eq!(conflict::<Ticket>(&error), (0, 2, &ticket));
    assert_eq!(board(&desk, "b").await, [BoardItem::Ticket(Box::new(ticket.clone()))]);

    assert!(ok(desk.delete(&ticket).await));
    assert_eq!(board(&desk, "b").await, []);
    let error = refused(desk.delete(&ticket).await, ErrorKind::NotFound);
    assert_eq!(error.record(), Some("Ticket"));
}

/// A delete by reference compares the revision alone, not the other fields.
pub(crate) async fn a_delete_compares_nothing_but_the_revision(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ok(desk.save(&mut ticket).await);
    ticket.title = "not what is stored".into();
    assert!(ok(desk.delete(&ticket).await));
    assert_eq!(board(&desk, "b").await, []);
}

/// A delete by key removes whatever is there and says whether something was.
pub(crate) async fn a_delete_by_key_says_whether_something_was_stored(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ok(desk.save(&mut ticket).await);
    ok(desk.save(&mut ticket).await);
    assert!(!ok(desk.delete(Ticket::key("b", 2)).await));
    assert!(!ok(desk.delete(Ticket::key("", 1)).await));
    assert!(ok(desk.delete(Ticket::key("b", 1)).await));
    assert!(!ok(desk.delete(Ticket::key("b", 1)).await));
    assert_eq!(ok(desk.get(Ticket::key("b", 1)).await), None);
}

/// A record without a revision is removed whatever is stored, by reference as by key.
pub(crate) async fn a_delete_without_revision_needs_no_match(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut note = Note::new("b", "n", "text");
    assert!(!ok(desk.delete(&note).await));
    ok(desk.save(&mut note).await);
    note.text = "another".into();
    assert!(ok(desk.delete(&note).await));
    assert!(!ok(desk.delete(&note).await));
    ok(desk.save(&mut note).await);
    assert!(ok(desk.delete(Note::key("b", "n")).await));
    assert_eq!(board(&desk, "b").await, []);
}

/// Each delete removes one record and leaves its neighbours.
pub(crate) async fn a_delete_leaves_the_neighbours(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let names = ["n", "n#", "n#1", "nn", "n ", "N", "n%23", ""];
    for name in names {
        ok(desk.save(&mut Note::new("b", name, "text")).await);
    }
    for (gone, name) in names.into_iter().enumerate() {
        assert!(ok(desk.delete(Note::key("b", name)).await), "{name:?}");
        for (at, other) in names.into_iter().enumerate() {
            let stored = ok(desk.get(Note::key("b", other)).await).is_some();
            assert_eq!(stored, at > gone, "{other:?} after the delete of {name:?}");
        }
    }
}

/// The revision of a struct is not touched by a delete, so it can be inserted again.
pub(crate) async fn a_deleted_struct_can_be_inserted_again(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ok(desk.save(&mut ticket).await);
    ok(desk.save(&mut ticket).await);
    let before = ticket.clone();
    assert!(ok(desk.delete(&ticket).await));
    assert_eq!(ticket, before);
    ok(desk.insert(&mut ticket).await);
    assert_eq!(ticket.revision, Revision::new(1));
}

/// Deletes of many keys remove each, whether it was stored or not, and nothing besides.
pub(crate) async fn many_deletes_by_key(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let other = open::<Desk>(db).await.tenant(&Account::from(LOOK_ALIKE[0]));
    let mut tickets: Vec<Ticket> = (0..130).map(|id| Ticket::new("b", id)).collect();
    for outcome in ok(desk.insert_all(&mut tickets).await) {
        ok(outcome);
    }
    let mut theirs = Ticket { account: Account::from(LOOK_ALIKE[0]), ..Ticket::new("b", 7) };
    ok(other.insert(&mut theirs).await);
    let outcomes = ok(desk.delete_all((2..200).map(|id| Ticket::key("b", id))).await);
    assert_eq!(outcomes.len(), 198);
    outcomes.into_iter().for_each(ok::<()>);
    assert_eq!(ok(desk.query(Ticket::partition("b")).all().await), tickets[..2]);
    assert_eq!(ok(other.query(Ticket::partition("b")).all().await), [theirs]);
    assert!(ok(desk.delete_all(Vec::<keyloom::Key<Ticket>>::new()).await).is_empty());

    // Unique values are freed.
    let mut people = [Person::new(1, "zoe@x"), Person::new(2, "bob@x")];
    for outcome in ok(desk.insert_all(&mut people).await) {
        ok(outcome);
    }
    ok(desk.delete_all([1, 2, 3].map(Person::key)).await).into_iter().for_each(ok);
    for (id, email) in [(4, "zoe@x"), (5, "bob@x")] {
        ok(desk.insert(&mut Person::new(id, email)).await);
    }
}

/// The same key twice is refused before anything is removed.
pub(crate) async fn many_deletes_refuse_one_key_twice(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut ticket = Ticket::new("b", 1);
    ok(desk.save(&mut ticket).await);
    let keys = [1, 2, 1].map(|id| Ticket::key("b", id));
    let error = refused(desk.delete_all(keys).await, ErrorKind::InvalidKey);
    assert_eq!(error.record(), Some("Ticket"));
    let long = "x".repeat(3_000);
    let keys = [Ticket::key("b", 1), Ticket::key(long.as_str(), 1)];
    refused(desk.delete_all(keys).await, ErrorKind::InvalidKey);
    assert_eq!(ok(desk.get(Ticket::key("b", 1)).await), Some(ticket));
}
