//! Whose turn it is: groups, dropped and forgotten futures, and other processes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::fixture::{Ask, Tension, at, block_on, open, put, tenant};
use super::schemas::TABLE;
use crate::ErrorKind;
use crate::backend::sqlite::Sqlite;
use crate::backend::{Backend, BoxFuture};
use crate::error::Result;
use crate::key::TenantKey;
use crate::request::{Action, Expect, Outcome, Write};
use crate::schema::Path;
use crate::value::Row;

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

struct Bench {
    directory: tempfile::TempDir,
    backend: Arc<dyn Backend>,
    acme: TenantKey,
    rows: Vec<Row>,
}

impl Bench {
    fn new() -> Self {
        Self::with(|sqlite| sqlite)
    }

    fn with(options: impl FnOnce(Sqlite) -> Sqlite) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let sqlite = options(Sqlite::at(directory.path().join("t.db")));
        let backend = open(sqlite, &TABLE).unwrap();
        let rows = (0..100).map(|id| Tension::new(id).row("acme")).collect();
        Self { directory, backend, acme: tenant("acme"), rows }
    }

    /// A future that inserts row `at`.
    fn insert(&self, id: usize) -> BoxFuture<'_, Result<Vec<Outcome>>> {
        let fields = &self.rows[id];
        Box::pin(async move {
            let action = Action::Put { fields, expect: Expect::Absent };
            let writes = [Write::new(&self.acme, 0, action, at(1))];
            self.backend.write(&writes).await
        })
    }

    fn count(&self) -> usize {
        Ask { now: 1, ..Ask::new(0, Path::Index(3), Row::default()) }.run(&*self.backend).0
    }

    fn raw(&self) -> Connection {
        Connection::open(self.directory.path().join("t.db")).unwrap()
    }
}

fn poll<T>(future: &mut BoxFuture<'_, T>, wakes: &Arc<Count>) -> Poll<T> {
    let own = Waker::from(Arc::clone(wakes));
    Pin::new(future).poll(&mut Context::from_waker(&own))
}

fn is_applied(polled: &Poll<Result<Vec<Outcome>>>) -> bool {
    matches!(polled, Poll::Ready(Ok(outcomes)) if matches!(outcomes[..], [Outcome::Applied { .. }]))
}

/// Two writes at once, after which the next one yields before it commits.
fn crowd(bench: &Bench, ids: [usize; 2]) {
    let wakes = Arc::<Count>::default();
    let mut futures = ids.map(|id| bench.insert(id));
    for future in &mut futures {
        assert!(poll(future, &wakes).is_pending());
    }
    for future in &mut futures {
        assert!(is_applied(&poll(future, &wakes)));
    }
}

#[test]
fn a_write_in_calm_times_commits_when_it_is_first_polled() {
    let bench = Bench::new();
    let wakes = Arc::<Count>::default();
    assert!(matches!(block_on(bench.insert(1)).unwrap()[..], [Outcome::Applied { .. }]));
    assert!(is_applied(&poll(&mut bench.insert(2), &wakes)));
    crowd_comes_back(&bench, &wakes);
}

/// One write in eight yields, so that a crowd on one thread is found.
fn crowd_comes_back(bench: &Bench, wakes: &Arc<Count>) {
    let yields = (3..10).filter(|&id| poll(&mut bench.insert(id), wakes).is_pending()).count();
    assert_eq!(yields, 1);
}

#[test]
fn the_first_future_leads_and_answers_the_others() {
    let bench = Bench::new();
    let wakes = Arc::<Count>::default();
    let mut futures: Vec<_> = (0..5).map(|id| bench.insert(id)).collect();
    // A sixth that cannot be applied leaves its neighbours alone.
    crowd(&bench, [8, 9]);
    futures.push(bench.insert(9));
    for future in &mut futures {
        assert!(poll(future, &wakes).is_pending());
    }
    assert_eq!(wakes.0.load(Ordering::Relaxed), 6, "each comes back for the turn");
    assert_eq!(bench.count(), 2);
    let last = futures.pop();
    for future in &mut futures {
        let polled = poll(future, &wakes);
        assert!(is_applied(&polled), "{polled:?}");
        assert_eq!(bench.count(), 7, "one poll committed them all");
    }
    let polled = poll(&mut last.unwrap(), &wakes);
    let Poll::Ready(Ok(outcomes)) = polled else { panic!("{polled:?}") };
    assert!(matches!(outcomes[..], [Outcome::Refused { stored: Some(_) }]), "{outcomes:?}");
}

#[test]
fn a_lone_write_in_calm_times_does_not_yield() {
    let bench = Bench::new();
    let wakes = Arc::<Count>::default();
    let mut first = bench.insert(0);
    assert!(poll(&mut first, &wakes).is_pending(), "others may be ready");
    assert!(is_applied(&poll(&mut first, &wakes)));
    let mut second = bench.insert(1);
    assert!(is_applied(&poll(&mut second, &wakes)));
    assert_eq!(bench.count(), 2);
}

#[test]
fn a_leader_that_is_dropped_leaves_the_others_to_the_thread() {
    let bench = Bench::new();
    let wakes = Arc::<Count>::default();
    let mut leader = bench.insert(1);
    let mut other = bench.insert(2);
    assert!(poll(&mut leader, &wakes).is_pending());
    assert!(poll(&mut other, &wakes).is_pending());
    drop(leader);
    assert!(matches!(block_on(other).unwrap()[..], [Outcome::Applied { .. }]));
    assert_eq!(bench.count(), 1, "the dropped write was not begun");

    let bench = Bench::new();
    let mut alone = bench.insert(3);
    assert!(poll(&mut alone, &wakes).is_pending());
    drop(alone);
    assert_eq!(bench.count(), 0);
    assert!(matches!(block_on(bench.insert(3)).unwrap()[..], [Outcome::Applied { .. }]));
}

#[test]
fn a_leader_that_is_never_polled_again_keeps_nobody_waiting() {
    let bench = Bench::new();
    let wakes = Arc::<Count>::default();
    let mut forgotten = bench.insert(1);
    assert!(poll(&mut forgotten, &wakes).is_pending());
    assert!(matches!(block_on(bench.insert(2)).unwrap()[..], [Outcome::Applied { .. }]));
    assert!(is_applied(&poll(&mut forgotten, &wakes)));
    assert_eq!(bench.count(), 2);
    let mut leaked = bench.insert(3);
    assert!(poll(&mut leaked, &wakes).is_pending());
    std::mem::forget(leaked);
    assert!(matches!(block_on(bench.insert(4)).unwrap()[..], [Outcome::Applied { .. }]));
}

#[test]
fn many_threads_all_get_their_own_answer() {
    let bench = Bench::new();
    std::thread::scope(|scope| {
        for start in 0..10 {
            let bench = &bench;
            scope.spawn(move || {
                for id in (start..100).step_by(10) {
                    let outcomes = block_on(bench.insert(id)).unwrap();
                    assert!(matches!(outcomes[..], [Outcome::Applied { .. }]), "{outcomes:?}");
                    let again = block_on(bench.insert(id)).unwrap();
                    assert!(matches!(again[..], [Outcome::Refused { stored: Some(_) }]));
                }
            });
        }
    });
    assert_eq!(bench.count(), 100);
}

#[test]
fn futures_that_are_dropped_anywhere_leave_nothing_behind() {
    let bench = Bench::new();
    std::thread::scope(|scope| {
        for start in 0..4 {
            let bench = &bench;
            scope.spawn(move || {
                let wakes = Arc::<Count>::default();
                for id in (start..100).step_by(4) {
                    let mut future = bench.insert(id);
                    for _ in 0..id % 3 {
                        if poll(&mut future, &wakes).is_ready() {
                            break;
                        }
                    }
                    drop(future);
                    assert!(block_on(bench.insert(id)).is_ok());
                }
            });
        }
    });
    assert_eq!(bench.count(), 100);
}

#[test]
fn another_processs_lock_is_waited_for_on_the_writer_thread() {
    let bench = Bench::new();
    let wakes = Arc::<Count>::default();
    let holder = bench.raw();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut future = bench.insert(1);
    assert!(poll(&mut future, &wakes).is_pending());
    let begun = Instant::now();
    assert!(poll(&mut future, &wakes).is_pending());
    assert!(begun.elapsed() < Duration::from_millis(500), "the poll did not wait");
    std::thread::sleep(Duration::from_millis(20));
    assert!(bench.directory.path().join("t.db-waiting").exists());
    holder.execute_batch("COMMIT").unwrap();
    assert!(matches!(block_on(future).unwrap()[..], [Outcome::Applied { .. }]));
}

#[test]
fn a_lock_that_is_kept_too_long_is_contended() {
    let bench = Bench::with(|sqlite| sqlite.busy_timeout(Duration::from_millis(40)));
    let holder = bench.raw();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = block_on(bench.insert(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Contended);
    assert!(error.is_retryable());
    // A write that nobody waits for any more is not tried on.
    let wakes = Arc::<Count>::default();
    let mut dropped = bench.insert(2);
    let _ = (poll(&mut dropped, &wakes), poll(&mut dropped, &wakes));
    drop(dropped);
    std::thread::sleep(Duration::from_millis(10));
    holder.execute_batch("COMMIT").unwrap();
    assert!(matches!(block_on(bench.insert(1)).unwrap()[..], [Outcome::Applied { .. }]));
    assert_eq!(bench.count(), 1);
}

#[test]
fn two_writers_of_one_file_both_make_progress() {
    let bench = Bench::with(|sqlite| sqlite.busy_timeout(Duration::from_secs(20)));
    let other = open(Sqlite::at(bench.directory.path().join("t.db")), &TABLE).unwrap();
    let until = Instant::now() + Duration::from_millis(600);
    let write = |backend: &dyn Backend, first: u32| {
        let mut done = 0;
        while Instant::now() < until {
            let row = Tension::new(first + done).row("acme");
            let outcome = put(backend, &bench.acme, 0, &row, Expect::Absent, 1);
            assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
            done += 1;
        }
        done
    };
    let (a, b) = std::thread::scope(|scope| {
        let a = scope.spawn(|| write(&*bench.backend, 1_000));
        let b = scope.spawn(|| write(&*other, 1_000_000));
        (a.join().unwrap(), b.join().unwrap())
    });
    assert!(a > 20 && b > 20, "{a} and {b} writes");
}
