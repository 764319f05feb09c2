//! What is dropped half-way, or panics, takes nothing acknowledged with it and stops nobody else.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use keyloom::sqlite::{Sqlite, Synchronous};
use keyloom::{ErrorKind, Record, Revision, Table};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tempfile::TempDir;

use super::{
    Acknowledged, Entry, Ledger, Records, assert_indexes, assert_intact, assert_whole, entry, file,
    next, open, runtime, temporary,
};

/// Far more than any of these tests needs; one that hangs fails.
const PATIENCE: Duration = Duration::from_secs(30);

async fn in_time<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("it does not hang")
}

fn poll_once<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Each entry is stored whole or not at all, and each acknowledged one is stored.
async fn assert_consistent(directory: &TempDir, acknowledged: &Acknowledged) {
    let records = open(directory, Synchronous::Full).await.expect("it opens again");
    assert_eq!(acknowledged.lost(&records).await, 0);
    assert_indexes(&records).await;
    assert_intact(&file(directory));
}

async fn save_some(records: Records, task: u32, acknowledged: Arc<Mutex<Acknowledged>>) {
    for id in 0..40 {
        let mut entry = entry(task, id);
        for _ in 0..2 {
            records.save(&mut entry).await.expect("it is saved");
            acknowledged.lock().unwrap_or_else(PoisonError::into_inner).add(&entry);
            next(&mut entry);
        }
    }
}

#[test]
fn tasks_and_store_dropped_while_saves_are_in_flight() {
    for round in 0..6 {
        let directory = temporary();
        let acknowledged = Arc::new(Mutex::new(Acknowledged::default()));
        let runtime = runtime(2);
        runtime.block_on(in_time(async {
            let store = Ledger::open(Sqlite::at(file(&directory))).await.expect("it opens");
            let tasks: Vec<_> = (0..8)
                .map(|task| {
                    tokio::spawn(save_some(store.global(), task, Arc::clone(&acknowledged)))
                })
                .collect();
            // The tasks hold the last handles.
            drop(store);
            tokio::time::sleep(Duration::from_millis(3 * round)).await;
            for (at, task) in tasks.into_iter().enumerate() {
                if at % 2 == 0 {
                    task.abort();
                    let _ = task.await;
                } else if round % 2 == 0 {
                    task.await.expect("it goes on to its end");
                }
            }
        }));
        // In the odd rounds half of the tasks are still running.
        runtime.shutdown_timeout(PATIENCE);
        let acknowledged = acknowledged.lock().unwrap().clone();
        super::runtime(1).block_on(in_time(assert_consistent(&directory, &acknowledged)));
    }
}

#[test]
fn a_save_dropped_after_any_number_of_polls() {
    let directory = temporary();
    runtime(1).block_on(in_time(async {
        let records = open(&directory, Synchronous::Full).await.expect("it opens");
        let mut finished = false;
        for polls in 0..10_u32 {
            let mut dropped = entry(0, polls);
            let mut save = Box::pin(records.save(&mut dropped).into_future());
            for _ in 0..polls {
                if poll_once(&mut save).is_ready() {
                    finished = true;
                    break;
                }
            }
            drop(save);
            // What the struct says is a lower bound of what is stored.
            let stored = records.get(Entry::key(0, polls)).await.unwrap();
            if let Some(stored) = &stored {
                assert_whole(stored);
            }
            assert!(dropped.revision.is_new() || stored.is_some());
            records.insert(&mut entry(1, polls)).await.expect("nobody is in its way");
        }
        assert!(finished, "no save came to its end");
    }));
}

#[test]
fn a_dropped_leader_leaves_its_followers_to_another() {
    let directory = temporary();
    runtime(1).block_on(in_time(async {
        let records = open(&directory, Synchronous::Full).await.expect("it opens");
        let (mut a, mut b, mut c) = (entry(0, 0), entry(0, 1), entry(0, 2));
        let mut leader = Box::pin(records.save(&mut a).into_future());
        assert!(poll_once(&mut leader).is_pending());
        let mut followers = [
            Box::pin(records.save(&mut b).into_future()),
            Box::pin(records.save(&mut c).into_future()),
        ];
        for follower in &mut followers {
            assert!(poll_once(follower).is_pending());
        }
        drop(leader);
        for follower in followers {
            follower.await.expect("another commits it");
        }
        assert!(a.revision.is_new());
        assert_eq!((b.revision, c.revision), (Revision::new(1), Revision::new(1)));
    }));
}

#[test]
fn a_leader_that_is_never_polled_again_keeps_nobody_waiting() {
    let directory = temporary();
    runtime(1).block_on(in_time(async {
        let records = open(&directory, Synchronous::Full).await.expect("it opens");
        let (mut a, mut b) = (entry(0, 0), entry(0, 1));
        let mut idle = Box::pin(records.save(&mut a).into_future());
        assert!(poll_once(&mut idle).is_pending());
        records.save(&mut b).await.expect("it leads itself");
        idle.await.expect("the other committed it too");
        assert_eq!(a.revision, Revision::new(1));
    }));
    // Nor does one that is never dropped either.
    runtime(1).block_on(in_time(async {
        let records = open(&directory, Synchronous::Full).await.expect("it opens");
        let forgotten: &'static Records = Box::leak(Box::new(records.clone()));
        let entry_forgotten = Box::leak(Box::new(entry(0, 3)));
        let mut idle = Box::pin(forgotten.save(entry_forgotten).into_future());
        assert!(poll_once(&mut idle).is_pending());
        std::mem::forget(idle);
        records.save(&mut entry(0, 4)).await.expect("it leads itself");
    }));
}

/// A nested value whose serde code panics where it is asked to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mine {
    Harmless,
    Bang,
    BangWhenRead,
}

impl Serialize for Mine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert_ne!(*self, Self::Bang, "the user's code panics");
        serializer.serialize_bool(*self == Self::BangWhenRead)
    }
}

impl<'de> Deserialize<'de> for Mine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        assert!(!bool::deserialize(deserializer)?, "the user's code panics");
        Ok(Self::Harmless)
    }
}

#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "field", sort = "{id}")]
struct Field {
    id: u32,
    mine: Mine,
}

#[derive(Table)]
#[table(name = "minefield", records(Field))]
struct Minefield;

#[test]
fn a_panic_in_the_users_code_is_the_users_alone() {
    let directory = temporary();
    let runtime = runtime(2);
    runtime.block_on(in_time(async {
        let field = Minefield::open(Sqlite::at(file(&directory))).await.expect("it opens").global();
        for id in 0..3 {
            let mut harmless = Field { id, mine: Mine::Harmless };
            field.save(&mut harmless).await.expect("it is saved");
        }
        for round in 3..6 {
            let at = field.clone();
            let while_writing =
                tokio::spawn(
                    async move { at.save(&mut Field { id: round, mine: Mine::Bang }).await },
                );
            assert!(while_writing.await.unwrap_err().is_panic());

            let at = field.clone();
            field.save(&mut Field { id: 9, mine: Mine::BangWhenRead }).await.expect("it is saved");
            let while_reading = tokio::spawn(async move { at.get(Field::key(9)).await.map(drop) });
            assert!(while_reading.await.unwrap_err().is_panic());

            let at = field.clone();
            let in_a_query =
                tokio::spawn(async move { at.query(Field::partition()).all().await.map(drop) });
            assert!(in_a_query.await.unwrap_err().is_panic());

            let at = field.clone();
            let in_a_scope = tokio::spawn(async move {
                let scope = at.read_scope().await.expect("it opens");
                scope.get(Field::key(0)).await.expect("it is read");
                panic!("the user's code panics");
            });
            assert!(in_a_scope.await.unwrap_err().is_panic());
            assert!(field.delete(Field::key(9)).await.expect("it is deleted"));

            field.save(&mut Field { id: round, mine: Mine::Harmless }).await.expect("it is saved");
            let all = field.query(Field::partition()).all().await.expect("it is read");
            assert_eq!(all.len(), round as usize + 1);
        }
    }));
}

#[test]
fn a_panic_with_a_save_in_flight_stops_nobody() {
    let directory = temporary();
    runtime(1).block_on(in_time(async {
        let records = open(&directory, Synchronous::Full).await.expect("it opens");
        let mut follower = entry(0, 1);
        let mut follower = Box::pin(records.save(&mut follower).into_future());
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let mut lost = entry(0, 0);
            let mut leader = Box::pin(records.save(&mut lost).into_future());
            assert!(poll_once(&mut leader).is_pending());
            assert!(poll_once(&mut follower).is_pending());
            panic!("the user's code panics");
        }));
        assert!(panicked.is_err());
        follower.await.expect("another commits it");
        let error = records.insert(&mut entry(0, 1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    }));
}
