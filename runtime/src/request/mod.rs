//! Neutral requests: what a backend is asked to read or write, and under which condition.
//!
//! Everything that has a meaning (revisions, stamps, expiry, tenants, limits) is decided before a
//! request is built; a backend only executes. Records are named by their position in the table's
//! schema, fields by their position in the record's.

mod patch;
mod transaction;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::Timestamp;
use crate::backend::BoxFuture;
use crate::error::Error;
use crate::key::{SelectRange, TenantKey, key_row};
use crate::schema::{Path, RecordSchema};
use crate::value::{FieldSource, Fields, Row, Value};

pub use patch::{Change, Patch, StoredFields};
pub use transaction::{Footprint, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_ITEMS, Transacted};

pub(crate) use transaction::guard_keys;

/// Reads records by their primary keys.
#[derive(Debug)]
#[non_exhaustive]
pub struct Get<'a> {
    /// Whose records.
    pub tenant: &'a TenantKey,
    /// Which record of the table.
    pub record: usize,
    /// The primary keys' values, in key form, each key once.
    pub keys: &'a [&'a Row],
    /// Whether an engine of many copies may answer from one that lags behind, at half the cost.
    pub eventual: bool,
    /// Whether softly deleted records are read too.
    pub deleted: bool,
    /// Records that expire at this moment or before do not exist.
    pub now: Timestamp,
}

/// Reads a range of one partition in key order.
#[derive(Debug)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Query<'a> {
    /// Whose records.
    pub tenant: &'a TenantKey,
    /// The records to return, in the order of their sort keys; more than one only for a collection,
    /// which is read by its partition alone.
    pub members: &'a [Member],
    /// The path whose partition and order are meant.
    pub path: Path,
    /// The equal values of the path's placeholders from the left, in key form.
    pub equal: &'a Row,
    /// The range on the placeholder after them.
    pub range: Option<&'a SelectRange>,
    /// Whether the last key comes first.
    pub descending: bool,
    /// At most so many records, if given.
    pub limit: Option<NonZeroUsize>,
    /// At most so many records are looked at, whether the filter keeps them or not, if given.
    pub max_read: Option<NonZeroUsize>,
    /// Begin behind this position.
    pub after: Option<&'a Position>,
    /// Only records that pass.
    pub filter: Option<&'a Filter>,
    /// Whether the records are only counted.
    pub count_only: bool,
    /// As [`Get::eventual`]; of no effect on an index, which lags behind in any case.
    pub eventual: bool,
    /// Whether softly deleted records are read too.
    pub deleted: bool,
    /// Records that expire at this moment or before do not exist.
    pub now: Timestamp,
}

/// One record of a query's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its position in the table's schema.
    pub record: usize,
    /// Its position in the collection; zero for a query of one record.
    pub member: usize,
}

/// Where a query stopped: the place of one record on the query's path.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// The position of the record's type in [`Query::members`].
    pub member: usize,
    /// The key values of the path, followed on an index by those of the primary key.
    pub row: Row,
}

/// What a query did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Visited {
    /// How many records passed.
    pub count: usize,
    /// Where to go on, if the backend stopped before the limit and before the end of the range.
    pub resume: Option<Position>,
}

/// Receives the records of a read, straight from the engine's own row.
pub trait Rows: Send {
    /// One record: `at` is the position of its key in [`Get::keys`], or of its type in
    /// [`Query::members`]. An error ends the read and is returned from it.
    fn row(&mut self, at: usize, row: &mut dyn FieldSource) -> Result<(), Error>;
}

/// A condition on the fields of a record.
///
/// Conditions are two-valued: an absent field equals nothing, is unequal to everything, and neither
/// orders nor contains.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Filter {
    /// The field compares so with the value.
    Compare {
        /// The field's position.
        field: usize,
        /// How.
        compare: Compare,
        /// With what.
        value: Value<'static>,
    },
    /// The field is present.
    Present(usize),
    /// All of these hold.
    All(Vec<Filter>),
    /// One of these holds.
    Any(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
}

/// A comparison; text and bytes compare byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compare {
    /// Equal.
    Equal,
    /// Not equal, or absent.
    NotEqual,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
    /// Text that contains the value, or a list or set with an element equal to it.
    Contains,
    /// Text that begins with the value.
    StartsWith,
}

/// One write, or one condition of a transaction.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Write<'a> {
    /// Whose record.
    pub tenant: &'a TenantKey,
    /// Which record of the table.
    pub record: usize,
    /// What to do, and which record it expects.
    pub action: Action<'a>,
    /// What must be true of the stored record besides; never given with a put.
    pub when: Option<&'a Filter>,
    /// Whether a softly deleted record counts as stored.
    pub deleted: bool,
    /// Records that expire at this moment or before do not exist.
    pub now: Timestamp,
}

/// What a write does.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Action<'a> {
    /// Stores the record whole, stamps and revision included.
    Put {
        /// The record's fields, all of them.
        fields: &'a dyn Fields,
        /// The condition: anything but [`Expect::Present`].
        expect: Expect,
    },
    /// Changes fields of the stored record.
    Patch {
        /// The values of the primary key, in key form.
        key: &'a Row,
        /// The changes, of the revision and the stamp too.
        patch: &'a Patch,
        /// The condition: [`Expect::Present`] or [`Expect::Revision`].
        expect: Expect,
    },
    /// Removes the record.
    Delete {
        /// The values of the primary key, in key form.
        key: &'a Row,
        /// The condition: anything but [`Expect::Absent`].
        expect: Expect,
    },
    /// Writes nothing, and makes a transaction depend on a record; only in a transaction.
    Check {
        /// The values of the primary key, in key form.
        key: &'a Row,
        /// The condition: anything but [`Expect::Anything`].
        expect: Expect,
    },
}

/// The condition of a write on the stored record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expect {
    /// No record is stored; a softly deleted one is.
    Absent,
    /// A live record is stored.
    Present,
    /// A live record with this revision is stored. A put leaves its `created` as it is.
    Revision(u64),
    /// Nothing is expected. A put over a live record leaves its `created` as it is.
    Anything,
}

impl<'a> Write<'a> {
    /// A write without further conditions, for which softly deleted records do not exist.
    pub(crate) fn new(
        tenant: &'a TenantKey,
        record: usize,
        action: Action<'a>,
        now: Timestamp,
    ) -> Self {
        Self { tenant, record, action, when: None, deleted: false, now }
    }

    /// Which record it expects.
    pub fn expect(&self) -> Expect {
        match self.action {
            Action::Put { expect, .. }
            | Action::Patch { expect, .. }
            | Action::Delete { expect, .. }
            | Action::Check { expect, .. } => expect,
        }
    }

    /// The values of its primary key, in key form.
    pub fn key(&self, record: &'static RecordSchema) -> Result<Row, Error> {
        match self.action {
            Action::Put { fields, .. } => {
                Ok(key_row(record, Path::Primary, fields)?.unwrap_or_default())
            }
            Action::Patch { key, .. } | Action::Delete { key, .. } | Action::Check { key, .. } => {
                Ok(key.clone())
            }
        }
    }

    /// Whether softly deleted records count as stored: their keys stay taken.
    pub fn sees_deleted(&self) -> bool {
        self.deleted || self.expect() == Expect::Absent
    }

    /// Whether a stored record, its fields read by position from `value`, counts as stored.
    pub fn sees<'v>(&self, record: &RecordSchema, value: &dyn Fn(usize) -> Value<'v>) -> bool {
        is_live(record, value, self.sees_deleted(), self.now)
    }

    /// Whether the write may be applied to what is stored: a record that it [sees](Self::sees), or none.
    pub fn fits(&self, record: &RecordSchema, stored: Option<&Row>) -> bool {
        let expected = match (self.expect(), stored) {
            (Expect::Anything, _) | (Expect::Absent, None) | (Expect::Present, Some(_)) => true,
            (Expect::Revision(expected), Some(row)) => revision(record, row) == Some(expected),
            _ => false,
        };
        expected
            && self.when.is_none_or(|filter| {
                stored.is_some_and(|row| filter.passes(record, &|at| row.get(at)))
            })
    }
}

/// Whether a stored record exists at `now`, its fields read by position from `value`.
pub fn is_live<'v>(
    record: &RecordSchema,
    value: &dyn Fn(usize) -> Value<'v>,
    deleted: bool,
    now: Timestamp,
) -> bool {
    let roles = &record.roles;
    let expired = matches!(
        roles.expires.map(value), Some(Value::Int(expires)) if expires <= now.as_micros()
    );
    !expired && (deleted || roles.deleted.is_none_or(|at| value(at) == Value::Null))
}

/// The row of a put with the stamp of its first write as the live record has it, and that stamp.
pub(crate) fn keep_created(
    record: &RecordSchema,
    row: Row,
    stored: Option<&Row>,
) -> (Row, Option<Timestamp>) {
    let (Some(at), Some(stored)) = (record.roles.created, stored) else {
        return (row, None);
    };
    let created = stored.get(at);
    let mut kept = Row::with_capacity(row.len());
    for (position, value) in row.iter().enumerate() {
        kept.push(if position == at { &created } else { &value });
    }
    let created = match created {
        Value::Int(micros) => Timestamp::from_micros(micros),
        _ => None,
    };
    (kept, created)
}

/// The revision of a stored record.
fn revision(record: &RecordSchema, row: &Row) -> Option<u64> {
    match row.get(record.roles.revision?) {
        Value::Int(number) => u64::try_from(number).ok(),
        _ => None,
    }
}

/// Removes records that have expired, of every tenant.
#[derive(Debug)]
#[non_exhaustive]
pub struct Sweep {
    /// Which record of the table.
    pub record: usize,
    /// What has expired at this moment or before.
    pub now: Timestamp,
    /// Where an earlier step stopped: what the backend answered then.
    pub after: Option<Row>,
    /// About how many records one step removes.
    pub limit: NonZeroUsize,
}

/// What one step of a sweep did.
#[derive(Debug, Default)]
pub struct Swept {
    /// How many records it removed.
    pub removed: usize,
    /// Where to go on; `None` at the end.
    pub resume: Option<Row>,
}

/// What became of a write.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It was applied.
    Applied {
        /// Of a delete: whether a live record was there before. Of several deletes at once that expect
        /// nothing, a backend need not look and then says true.
        existed: bool,
        /// The stored `created`, where a put under [`Expect::Anything`] kept it.
        created: Option<Timestamp>,
    },
    /// A patch was applied, and this is the record now.
    Patched(Row),
    /// The condition did not hold; nothing was written.
    Refused {
        /// The stored live record, or `None` where there is none.
        stored: Option<Row>,
    },
    /// Another live record of the tenant has the same key in this unique index; nothing was written.
    NotUnique {
        /// The index's position.
        index: usize,
    },
    /// It failed for a reason of its own; nothing was written.
    Failed(Error),
    /// It may or may not have been applied.
    Unknown {
        /// Why that is not known, of the kind `UnknownOutcome`.
        error: Error,
        /// How to find out later.
        pending: Arc<dyn Pending>,
    },
}

/// A write whose outcome is unknown, prepared so that asking again never applies it twice.
pub trait Pending: Send + Sync {
    /// Finds out what became of the write; the answer may be unknown again.
    fn reconcile(&self) -> BoxFuture<'_, Result<Outcome, Error>>;
}

impl fmt::Debug for dyn Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}
