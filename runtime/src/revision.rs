//! [`Revision`]: the counter that moves by one at each write.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many times a record has been written; zero for one that never was.
///
/// A field marked `#[record(revision)]` holds it, and only keyloom moves it: a save compares it with
/// the stored one and fails when they differ. A program that sends a record to a client and takes it
/// back (an HTTP `ETag`, say) may rebuild it with [`Revision::new`].
///
/// ```
/// use keyloom::Revision;
///
/// assert!(Revision::default().is_new());
/// assert_eq!(Revision::new(3).get(), 3);
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Revision(u64);

impl Revision {
    /// The revision of a record that was never stored.
    pub const ZERO: Self = Self(0);

    /// The revision that counts `writes` writes.
    pub const fn new(writes: u64) -> Self {
        Self(writes)
    }

    /// How many writes it counts.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether the record was never stored.
    pub const fn is_new(self) -> bool {
        self.0 == 0
    }

    /// The revision after one more write.
    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
