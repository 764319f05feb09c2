//! The records that the bodies store.
//!
//! Each table stands for one theme; a body opens one of them in its database.

pub(crate) mod atlas;
pub(crate) mod depot;
pub(crate) mod desk;
pub(crate) mod everything;
pub(crate) mod forum;
pub(crate) mod kinds;
pub(crate) mod lease;

use keyloom::{KeyPart, ManualClock, Store, Table, Timestamp};

use crate::Database;

/// The tenant of every table.
#[derive(KeyPart, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Account(String);

/// The tenant of bodies that need only one.
pub(crate) fn acme() -> Account {
    Account::from("acme")
}

/// Tenants that a careless key would confuse.
pub(crate) const LOOK_ALIKE: [&str; 16] = [
    "a", "a#", "a#b", "a%23", "a%23b", "a$", "A", "a ", " a", "aa", "ä", "a\u{308}", "a.", "🦀",
    "🦀#", "a\0",
];

/// A moment so many seconds after the one where every manual clock begins.
///
/// It begins in 2100, because some engines remove what has expired by a clock of their own, and must not
/// remove what still lives by the test's.
pub fn second(seconds: i64) -> Timestamp {
    let micros = 4_102_444_800_000_000 + seconds * 1_000_000;
    Timestamp::from_micros(micros).unwrap_or(Timestamp::MAX)
}

/// A clock that shows `second(0)`.
pub(crate) fn clock() -> ManualClock {
    ManualClock::new(second(0))
}

/// Opens a table with the system's clock.
pub(crate) async fn open<T: Table>(db: &dyn Database) -> Store<T> {
    T::open(db.engine()).await.expect("the table opens")
}

/// Opens a table with a clock that the body moves.
pub(crate) async fn open_at<T: Table>(db: &dyn Database, clock: &ManualClock) -> Store<T> {
    T::open(db.engine()).clock(clock.clone()).await.expect("the table opens")
}
