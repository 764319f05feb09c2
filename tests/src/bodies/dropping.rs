//! Dropping a future at any await leaves the old or the new state, and a handle that still works.

use std::future::IntoFuture;

use futures_util::StreamExt as _;
use keyloom::Revision;

use crate::check::{Tenant, board, ok};
use crate::domain::desk::{BoardItem, Desk, Note, Status, Ticket};
use crate::domain::{acme, open};
use crate::{Database, eventually, poll_times};

/// More polls than any operation takes.
const ENDLESS: usize = 10_000;

/// Asserts that the handle reads and writes as if nothing had been dropped.
async fn assert_works(desk: &Tenant<Desk>) {
    let name = "still works";
    ok(desk.delete(Note::key("probe", name)).await);
    let mut note = Note::new("probe", name, "text");
    ok(desk.insert(&mut note).await);
    assert_eq!(board(desk, "probe").await, [BoardItem::Note(note)]);
}

/// An insert is done or not done.
pub(crate) async fn a_dropped_insert_is_whole_or_nothing(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    for polls in 0..ENDLESS {
        let id = u32::try_from(polls).unwrap_or_default();
        let mut ticket = Ticket::new("b", id).titled("whole");
        let finished = poll_times(desk.insert(&mut ticket).into_future(), polls).await;
        assert_works(&desk).await;
        let stored = ok(desk.get(Ticket::key("b", id)).await);
        if let Some(outcome) = finished {
            ok(outcome);
            assert_eq!(stored, Some(ticket));
            return;
        }
        assert!(polls > 0 || stored.is_none(), "a future that was never polled wrote");
        if let Some(stored) = stored {
            assert_eq!((stored.title.as_str(), stored.revision), ("whole", Revision::new(1)));
        }
    }
    panic!("the insert never finished");
}

/// A save leaves the old record or the new one, and the index agrees with it.
pub(crate) async fn a_dropped_save_leaves_old_or_new(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    for polls in 0..ENDLESS {
        let id = u32::try_from(polls).unwrap_or_default();
        let mut old = Ticket::new("b", id).titled("old");
        ok(desk.insert(&mut old).await);
        let mut new = old.clone().titled("new");
        new.status = Status::Closed;
        let finished = poll_times(desk.save(&mut new).into_future(), polls).await;
        assert_works(&desk).await;
        let stored = ok(desk.get(Ticket::key("b", id)).await).expect("the ticket is stored");
        if let Some(outcome) = finished {
            ok(outcome);
            assert_eq!(stored, new);
            return;
        }
        let revision = match stored.title.as_str() {
            "old" => 1,
            _ => 2,
        };
        assert_eq!(stored.revision, Revision::new(revision));
        // The caller's struct is stale now; what is stored is where to go on from.
        let mut next = stored.clone().titled("next");
        if desk.save(&mut next).await.is_err() {
            next = ok(desk.get(Ticket::key("b", id)).await).expect("the ticket is stored");
            ok(desk.save(&mut next).await);
        }
        let query = async || {
            let open = ok(desk.query(Ticket::by_status(Status::Open)).all().await);
            let closed = ok(desk.query(Ticket::by_status(Status::Closed)).all().await);
            open.into_iter().chain(closed).filter(|ticket| ticket.id == id).collect::<Vec<_>>()
        };
        eventually(db, vec![next], query).await;
    }
    panic!("the save never finished");
}

/// A delete leaves the record or nothing.
pub(crate) async fn a_dropped_delete_leaves_all_or_nothing(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    for by_key in [true, false] {
        let mut finished = None;
        for polls in 0..ENDLESS {
            let id = u32::try_from(polls).unwrap_or_default();
            let mut ticket = Ticket::new("b", id);
            ok(desk.delete(Ticket::key("b", id)).await);
            ok(desk.insert(&mut ticket).await);
            finished = if by_key {
                poll_times(desk.delete(Ticket::key("b", id)).into_future(), polls).await
            } else {
                poll_times(desk.delete(&ticket).into_future(), polls).await
            };
            assert_works(&desk).await;
            let stored = ok(desk.get(Ticket::key("b", id)).await);
            if finished.is_some() {
                assert_eq!(stored, None);
                break;
            }
            assert!(stored.is_none_or(|stored| stored == ticket));
        }
        assert!(ok(finished.expect("the delete finishes")));
    }
}

/// Of a batch, each record is written whole or not at all.
pub(crate) async fn a_dropped_batch_leaves_whole_records(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    for polls in 0..ENDLESS {
        let name = format!("board {polls}");
        let mut tickets: Vec<_> = (0..30).map(|id| Ticket::new(&name, id)).collect();
        let finished = poll_times(desk.insert_all(&mut tickets).into_future(), polls).await;
        assert_works(&desk).await;
        let stored = ok(desk.query(Ticket::partition(name.as_str())).all().await);
        if let Some(outcomes) = finished {
            for outcome in ok(outcomes) {
                ok(outcome);
            }
            assert_eq!(stored, tickets);
            return;
        }
        for ticket in stored {
            assert_eq!(ticket.revision, Revision::new(1));
            assert_eq!(ticket.title, format!("ticket {}", ticket.id));
        }
    }
    panic!("the batch never finished");
}

/// Reads of every kind can be dropped, any number of times, and leave no lock or connection behind.
pub(crate) async fn dropped_reads_leave_nothing_behind(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut tickets: Vec<_> = (0..600).map(|id| Ticket::new("b", id)).collect();
    for outcome in ok(desk.insert_all(&mut tickets).await) {
        ok(outcome);
    }
    let query = || desk.query(Ticket::partition("b"));
    let mut done = [false; 8];
    for polls in 0..ENDLESS {
        // Each is dropped several times at the same place.
        for _ in 0..3 {
            let get = desk.get(Ticket::key("b", 1)).into_future();
            done[0] |= poll_times(get, polls).await.is_some();
            let many = desk.get_many((0..300).map(|id| Ticket::key("b", id))).into_future();
            done[1] |= poll_times(many, polls).await.is_some();
            done[2] |= poll_times(query().all(), polls).await.is_some();
            done[3] |= poll_times(query().page(None).into_future(), polls).await.is_some();
            done[4] |= poll_times(query().count(), polls).await.is_some();
            done[5] |= poll_times(query().newest_first().first(), polls).await.is_some();
            done[6] |= poll_times(desk.read_scope().into_future(), polls).await.is_some();
            done[7] |= poll_times(query().stream().collect::<Vec<_>>(), polls).await.is_some();
        }
        assert_works(&desk).await;
        assert_eq!(ok(query().count().await), 600);
        if done.iter().all(|done| *done) {
            return;
        }
    }
    panic!("a read never finished: {done:?}");
}

/// A stream may be dropped after any number of records.
pub(crate) async fn a_stream_may_be_left(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut tickets: Vec<_> = (0..600).map(|id| Ticket::new("b", id)).collect();
    for outcome in ok(desk.insert_all(&mut tickets).await) {
        ok(outcome);
    }
    for taken in [0, 1, 255, 256, 257, 599] {
        let mut stream = desk.query(Ticket::partition("b")).stream();
        for expected in &tickets[..taken] {
            let found = ok(stream.next().await.expect("the stream goes on"));
            assert_eq!(found, *expected);
        }
        // Writing goes on while the stream is open.
        assert_works(&desk).await;
        drop(stream);
        assert_works(&desk).await;
    }
}

/// Opening can be dropped and begun anew.
pub(crate) async fn a_dropped_open_can_be_repeated(db: &dyn Database) {
    use keyloom::Table as _;
    for polls in 0..ENDLESS {
        let finished = poll_times(Desk::open(db.engine()).into_future(), polls).await;
        let desk = open::<Desk>(db).await.tenant(&acme());
        assert_works(&desk).await;
        if let Some(store) = finished {
            assert_works(&ok(store).tenant(&acme())).await;
            return;
        }
    }
    panic!("the table never opened");
}

/// A dropped write of which nobody hears is still one that others conflict with or overwrite: after
/// it, one save on top of what is stored succeeds.
pub(crate) async fn writes_go_on_after_many_dropped_ones(db: &dyn Database) {
    let desk = open::<Desk>(db).await.tenant(&acme());
    let mut note = Note::new("b", "n", "start");
    ok(desk.save(&mut note).await);
    for round in 0..200 {
        let mut dropped = Note::new("b", "n", &format!("dropped {round}"));
        let _ = poll_times(desk.save(&mut dropped).into_future(), round % 3).await;
    }
    let mut last = Note::new("b", "n", "last");
    ok(desk.save(&mut last).await);
    assert_eq!(last.created, note.created);
    let stored = ok(desk.get(Note::key("b", "n")).await).expect("the note is stored");
    assert!(stored == last || stored.text.starts_with("dropped"), "{stored:?}");
    assert_works(&desk).await;
}
