//! What a backend's author provides: [`Harness`] and [`Database`].

use std::fmt::Debug;
use std::future::Future;
use std::panic::Location;
use std::time::{Duration, Instant};

use keyloom::engine::{BoxFuture, Engine};

/// Makes databases on one engine, a fresh one for each test body.
pub trait Harness {
    /// A new and empty database, which no other body sees.
    fn database(&self) -> Box<dyn Database>;
}

/// A closure that makes a database is a harness.
impl<D: Database + 'static, F: Fn() -> D> Harness for F {
    fn database(&self) -> Box<dyn Database> {
        Box::new(self())
    }
}

/// One database, which lives as long as the test body that it was made for.
///
/// A body opens one table in it, more than once where it wants several handles on the same data.
pub trait Database: Send + Sync {
    /// An engine on this database; each call gives a handle of its own on the same data.
    fn engine(&self) -> Box<dyn Engine>;

    /// How long an index may lag behind the records; zero where an index is always up to date.
    ///
    /// With zero an index is read once, and what it says must be right.
    fn index_lag(&self) -> Duration {
        Duration::ZERO
    }

    /// Waits between two looks at an index that lags behind. The kit knows no timer of an async
    /// runtime, so this one blocks the thread.
    fn pause(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move { std::thread::sleep(time) })
    }
}

/// Asserts that `read` answers `expected` within the database's [index lag](Database::index_lag).
///
/// Every assertion about an index goes through here, absences included. What is asserted must be the
/// final state: an answer that is right too early proves nothing.
///
/// # Panics
///
/// If the answer is another one at the deadline.
#[track_caller]
pub fn eventually<'a, T, E>(
    database: &'a dyn Database,
    expected: E,
    read: impl AsyncFn() -> T + 'a,
) -> impl Future<Output = ()> + 'a
where
    T: PartialEq<E> + Debug + 'a,
    E: Debug + 'a,
{
    let asserted = Location::caller();
    async move {
        let deadline = Instant::now() + database.index_lag();
        let mut wait = Duration::from_millis(5);
        loop {
            let found = read().await;
            if found == expected {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{asserted}: the index answers\n    {found:?}\ninstead of\n    {expected:?}"
            );
            database.pause(wait).await;
            wait = (wait * 2).min(Duration::from_millis(200));
        }
    }
}
