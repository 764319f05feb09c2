//! Many writes at once: each has its own outcome.

use std::time::Duration;

use keyloom::{ErrorKind, Revision};

use crate::Database;
use crate::check::{board, conflict, ok, refused};
use crate::domain::desk::{BoardItem, Desk, Note, Ticket};
use crate::domain::{acme, clock, open, open_at, second};

/// Outcomes come in the order of the records; one that fails leaves the others alone, in the store
/// and in the caller's slice.
pub(crate) async fn each_record_has_its_outcome(db: &dyn Database) {
    let clock = clock();
    let desk = open_at::<Desk>(db, &clock).await.tenant(&acme());
    let mut taken = Ticket::new("b", 2).titled("taken");
    ok(desk.insert(&mut taken).await);
    clock.advance(Duration::from_secs(1));
    let mut batch: Vec<_> = (0..5).map(|id| Ticket::new("b", id)).collect();
    batch[4].board = "x".repeat(3_000);
    let before = batch.clone();
    let outcomes = ok(desk.insert_all(&mut batch).await);
    assert_eq!(outcomes.len(), 5);
    for (at, outcome) in outcomes.into_iter().enumerate() {
        match at {
            2 => {
                let error = refused(outcome, ErrorKind::AlreadyExists);
                assert_eq!(conflict::<Ticket>(&error), (0, 1, &taken));
                assert_eq!(batch[at], before[at]);
            }
            4 => {
                refused(outcome, ErrorKind::InvalidKey);
                assert_eq!(batch[at], before[at]);
            }
            _ => {
                ok(outcome);
                let mut expected = before[at].clone();
                expected.revision = Revision::new(1);
                (expected.created, expected.updated) = (second(1), second(1));
                assert_eq!(batch[at], expected);
            }
        }
    }
    batch[2] = taken;
    batch.pop();
    let expected: Vec<_> = batch.into_iter().map(|one| BoardItem::Ticket(Box::new(one))).collect();
    assert_eq!(board(&desk, "b").await, expected);
}

/// Saves of a batch insert, compare and set, conflict and miss, each for itself.
pub(crate) async fn a_batch_of_saves_mixes_outcomes(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut stored: Vec<_> = (0..4).map(|id| Ticket::new("b", id)).collect();
    for outcome in ok(desk.insert_all(&mut stored).await) {
        ok(outcome);
    }
    let mut batch = stored.clone();
    batch.push(Ticket::new("b", 4));
    ok(desk.save(&mut stored[1]).await);
    ok(desk.delete(&stored[2]).await);
    batch[3].title = "changed".into();
    let outcomes = ok(desk.save_all(&mut batch).await);
    let kinds: Vec<_> =
        outcomes.iter().map(|outcome| outcome.as_ref().err().map(keyloom::Error::kind)).collect();
    let expected = [None, Some(ErrorKind::Conflict), Some(ErrorKind::NotFound), None, None];
    assert_eq!(kinds, expected);
    let conflicted = outcomes.into_iter().nth(1).expect("five outcomes");
    let error = refused(conflicted, ErrorKind::Conflict);
    assert_eq!(conflict::<Ticket>(&error), (1, 2, &stored[1]));
    let revisions: Vec<_> = batch.iter().map(|ticket| ticket.revision.get()).collect();
    assert_eq!(revisions, [2, 1, 1, 2, 1]);
    let found = ok(desk.get_many((0..5).map(|id| Ticket::key("b", id))).await);
    let expected = [
        Some(batch[0].clone()),
        Some(stored[1].clone()),
        None,
        Some(batch[3].clone()),
        Some(batch[4].clone()),
    ];
    assert_eq!(found, expected);
}

/// The same key twice is refused before anything is written.
pub(crate) async fn one_key_twice_is_refused(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut batch = [1, 2, 3, 2].map(|id| Ticket::new("b", id));
    let before = batch.clone();
    let error = refused(desk.insert_all(&mut batch).await, ErrorKind::InvalidKey);
    assert_eq!(error.record(), Some("Ticket"));
    refused(desk.save_all(&mut batch).await, ErrorKind::InvalidKey);
    assert_eq!(batch, before);
    let mut notes = ["n", "m", "n"].map(|name| Note::new("b", name, "text"));
    refused(desk.save_all(&mut notes).await, ErrorKind::InvalidKey);
    assert_eq!(board(&desk, "b").await, []);
}

/// A batch of nothing, and one larger than any engine takes at once.
pub(crate) async fn a_batch_may_be_of_any_length(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    assert!(ok(desk.insert_all::<Ticket>(&mut []).await).is_empty());
    assert!(ok(desk.save_all::<Ticket>(&mut []).await).is_empty());
    let mut batch: Vec<_> = (0..1_203).map(|id| Ticket::new("b", id)).collect();
    let outcomes = ok(desk.insert_all(&mut batch).await);
    assert_eq!(outcomes.len(), 1_203);
    for outcome in outcomes {
        ok(outcome);
    }
    assert!(batch.iter().all(|ticket| ticket.revision == Revision::new(1)));
    assert_eq!(ok(desk.query(Ticket::partition("b")).all().await), batch);
    for ticket in &mut batch {
        ticket.priority = 1;
    }
    for outcome in ok(desk.save_all(&mut batch).await) {
        ok(outcome);
    }
    assert_eq!(ok(desk.query(Ticket::partition("b")).all().await), batch);
}

/// A batch of records without a revision replaces, and keeps each one's `created`.
pub(crate) async fn a_batch_of_upserts_keeps_created(db: &dyn Database) {
    let clock = clock();
    let desk = open_at::<Desk>(db, &clock).await.tenant(&acme());
    ok(desk.save(&mut Note::new("b", "old", "one")).await);
    clock.advance(Duration::from_secs(4));
    let mut batch = [Note::new("b", "new", "two"), Note::new("b", "old", "two")];
    for outcome in ok(desk.save_all(&mut batch).await) {
        ok(outcome);
    }
    let created = batch.each_ref().map(|note| note.created);
    assert_eq!(created, [second(4), second(0)]);
    assert!(batch.iter().all(|note| note.updated == second(4)));
    assert_eq!(board(&desk, "b").await, batch.map(BoardItem::Note));
}
