//! [`Work`]: the writes of one call as they cross to the writer, without a borrow.
//!
//! Plain writes lie in one flat row. All that can fail in a record itself (a value no engine holds, a
//! key without a word) fails here, on the caller's thread and before anything is queued.

use super::error;
use super::judged::Judged;
use super::sql::RecordSql;
use crate::Timestamp;
use crate::error::Error;
use crate::key::{TenantKey, settle};
use crate::request::{Action, Expect, Write};
use crate::schema::ColumnSource;
use crate::value::{Fields, Row, Value};

/// What one call asks of the writer.
#[derive(Debug)]
pub(super) enum Work {
    /// Writes, each applied for itself.
    Writes(Batch),
    /// Writes that are applied all or none.
    Transaction(Vec<Judged>),
}

impl Work {
    /// The change, if there is exactly one and it is applied for itself.
    pub(super) fn only(&self) -> Option<Change<'_>> {
        match self {
            Self::Writes(batch) if batch.len() == 1 => batch.iter().next(),
            _ => None,
        }
    }

    /// How many writes it holds.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Writes(batch) => batch.len(),
            Self::Transaction(writes) => writes.len(),
        }
    }
}

/// Writes that are applied each for itself.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The cells of every write, one after the other.
    cells: Row,
    entries: Vec<Entry>,
    /// The writes that no single statement decides.
    judged: Vec<Judged>,
}

#[derive(Debug)]
struct Entry {
    record: usize,
    now: Timestamp,
    kind: Kind,
    /// Where its cells begin.
    start: usize,
}

/// One write of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change<'b> {
    /// The record's position in the table.
    pub(super) record: usize,
    /// What to do.
    pub(super) kind: Kind,
    /// With which values.
    pub(super) cells: Cells<'b>,
    judged: &'b [Judged],
}

impl<'b> Change<'b> {
    /// The write of a change of the kind [`Kind::Judged`].
    pub(super) fn judged(&self) -> Option<&'b Judged> {
        match self.kind {
            Kind::Judged(at) => self.judged.get(at),
            _ => None,
        }
    }
}

/// The values that the parameters of a write's statements are taken from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells<'b> {
    row: &'b Row,
    start: usize,
    /// The moment by which expiry is judged.
    pub(super) now: Timestamp,
}

impl<'b> Cells<'b> {
    /// The values of a row that holds those of one write alone.
    pub(super) fn of(row: &'b Row, now: Timestamp) -> Self {
        Self { row, start: 0, now }
    }

    /// The value of a column; where the cells are a key's, of a place in the primary key.
    pub(super) fn get(&self, at: usize) -> Value<'b> {
        self.row.get(self.start + at)
    }
}

/// What a change does. Of all but the first three the cells are a key's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Stores the row where none is live.
    Insert,
    /// Replaces the live row with this revision.
    Save(i64),
    /// Stores the row whatever is there.
    Upsert,
    /// Deletes the row.
    Delete {
        /// Which row it must be.
        expect: Expect,
        /// Whether a softly deleted one counts.
        deleted: bool,
    },
    /// Deletes the row if it has expired.
    Sweep,
    /// What the write at this place among the batch's judged ones does.
    Judged(usize),
}

impl Batch {
    /// A batch with room for so many writes.
    pub(super) fn with_capacity(writes: usize) -> Self {
        let cells = if writes == 1 { Row::with_capacity(16) } else { Row::default() };
        Self { cells, entries: Vec::with_capacity(writes), judged: Vec::new() }
    }

    /// Adds a write, or leaves the batch as it was. A record that a patch makes may take `max_bytes`.
    pub(super) fn push(
        &mut self,
        records: &[RecordSql],
        write: &Write<'_>,
        max_bytes: Option<usize>,
    ) -> Result<(), Error> {
        let record = records.get(write.record).ok_or_else(error::no_such_record)?;
        let start = self.cells.len();
        let kind = if let Some(kind) = plain(record, write) {
            if let Err(error) = self.push_cells(record, write) {
                self.cells.truncate(start);
                return Err(error);
            }
            kind
        } else {
            self.judged.push(Judged::of(record, write, max_bytes)?);
            Kind::Judged(self.judged.len() - 1)
        };
        self.entries.push(Entry { record: write.record, now: write.now, kind, start });
        Ok(())
    }

    fn push_cells(&mut self, record: &RecordSql, write: &Write<'_>) -> Result<(), Error> {
        match write.action {
            Action::Put { fields, .. } => push_row(&mut self.cells, record, fields)?,
            Action::Patch { key, .. } | Action::Delete { key, .. } | Action::Check { key, .. } => {
                push_key(&mut self.cells, record, write.tenant, key);
            }
        }
        Ok(())
    }

    /// Adds the removal of an expired row, of which `key` holds the primary key's columns.
    pub(super) fn push_expired(&mut self, record: usize, key: &Row, now: Timestamp) {
        let start = self.cells.len();
        for value in key.iter() {
            self.cells.push(&value);
        }
        self.entries.push(Entry { record, now, kind: Kind::Sweep, start });
    }

    /// Whether it holds no write.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many writes it holds.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Its writes in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Change<'_>> {
        self.entries.iter().map(|&Entry { record, now, kind, start }| Change {
            record,
            kind,
            cells: Cells { row: &self.cells, start, now },
            judged: &self.judged,
        })
    }
}

/// What a write is that one statement decides; `None` of any other.
fn plain(record: &RecordSql, write: &Write<'_>) -> Option<Kind> {
    let soft = record.schema.roles.deleted.is_some();
    let deleted = soft && write.deleted;
    match write.action {
        _ if write.when.is_some() => None,
        Action::Put { expect: Expect::Absent, .. } => Some(Kind::Insert),
        Action::Put { expect: Expect::Anything, .. } if !soft => Some(Kind::Upsert),
        Action::Put { expect: Expect::Revision(revision), .. }
            if record.save.is_some() && !deleted =>
        {
            Some(Kind::Save(stored_revision(revision)))
        }
        Action::Delete { expect: Expect::Revision(_), .. } if record.delete_revision.is_none() => {
            None
        }
        Action::Delete { expect: Expect::Absent, .. } => None,
        Action::Delete { expect, .. } => Some(Kind::Delete { expect, deleted }),
        _ => None,
    }
}

/// No stored revision is negative, so what does not fit equals none.
pub(super) fn stored_revision(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(-1)
}

/// Appends the columns of a record.
pub(super) fn push_row(
    row: &mut Row,
    record: &RecordSql,
    fields: &dyn Fields,
) -> Result<(), Error> {
    let schema = record.schema;
    let name = |at: usize| schema.fields.get(at).map_or("?", |field| field.name);
    for column in &record.table.columns {
        match &column.source {
            ColumnSource::Field(at) => fields
                .field(*at, row)
                .map_err(|invalid| Error::value(schema.name, name(*at), &invalid))?,
            ColumnSource::Key { path, placeholder } => fields
                .field(placeholder.field, row)
                .and_then(|()| settle(schema, *path, placeholder, row))
                .map_err(|invalid| Error::key(schema.name, name(placeholder.field), &invalid))?,
            ColumnSource::Only => row.push(&Value::Int(0)),
        }
    }
    Ok(())
}

/// Appends the columns of a primary key.
pub(super) fn push_key(row: &mut Row, record: &RecordSql, tenant: &TenantKey, key: &Row) {
    let start = row.len();
    if record.schema.roles.tenant.is_some() {
        row.push(tenant.value().unwrap_or(&Value::Null));
    }
    for value in key.iter() {
        row.push(&value);
    }
    if row.len() == start {
        row.push(&Value::Int(0));
    }
}
