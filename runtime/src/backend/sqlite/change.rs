//! [`Batch`]: the writes of one call as they cross to the writer, all in one flat row and no borrow.
//!
//! All that can fail in a record itself (a value no engine holds, a key without a word) fails here,
//! on the caller's thread and before anything is queued.

use super::error;
use super::sql::RecordSql;
use crate::error::{Error, ErrorKind};
use crate::key::settle;
use crate::request::{Action, Expect, Write};
use crate::schema::ColumnSource;
use crate::value::{Fields, Row, Value};

/// The writes of one call.
#[derive(Debug)]
pub(super) struct Batch {
    /// The cells of every write, one after the other.
    cells: Row,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    record: usize,
    now: i64,
    kind: Kind,
    /// Where its cells begin.
    start: usize,
}

/// One write of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change<'b> {
    /// The record's position in the table.
    pub(super) record: usize,
    /// The moment by which expiry is judged, in microseconds.
    pub(super) now: i64,
    /// What to do.
    pub(super) kind: Kind,
    cells: &'b Row,
    start: usize,
}

impl<'b> Change<'b> {
    /// The value of a column; of a delete, of a place in the primary key.
    pub(super) fn cell(&self, at: usize) -> Value<'b> {
        self.cells.get(self.start + at)
    }
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Stores the row where none is live.
    Insert,
    /// Replaces the live row with this revision.
    Save(i64),
    /// Stores the row whatever is there.
    Upsert,
    /// Deletes the live row, with this revision if one is given.
    Delete(Option<i64>),
}

impl Batch {
    /// A batch with room for so many writes.
    pub(super) fn with_capacity(writes: usize) -> Self {
        let cells = if writes == 1 { Row::with_capacity(16) } else { Row::default() };
        Self { cells, entries: Vec::with_capacity(writes) }
    }

    /// Adds a write, or leaves the batch as it was.
    pub(super) fn push(&mut self, records: &[RecordSql], write: &Write<'_>) -> Result<(), Error> {
        let record = records.get(write.record).ok_or_else(error::no_such_record)?;
        let kind = kind(record, write)?;
        let start = self.cells.len();
        let pushed = match write.action {
            Action::Put { fields, .. } => push_row(&mut self.cells, record, fields),
            Action::Delete { key, .. } => {
                push_key(&mut self.cells, record, write, key);
                Ok(())
            }
        };
        match pushed {
            Ok(()) => {
                let now = write.now.as_micros();
                self.entries.push(Entry { record: write.record, now, kind, start });
            }
            Err(_) => self.cells.truncate(start),
        }
        pushed
    }

    /// Whether it holds no write.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many writes it holds.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The write, if it holds exactly one.
    pub(super) fn only(&self) -> Option<Change<'_>> {
        if self.len() == 1 { self.iter().next() } else { None }
    }

    /// Its writes in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Change<'_>> {
        self.entries.iter().map(|&Entry { record, now, kind, start }| Change {
            record,
            now,
            kind,
            cells: &self.cells,
            start,
        })
    }
}

fn kind(record: &RecordSql, write: &Write<'_>) -> Result<Kind, Error> {
    match write.action {
        Action::Put { expect: Expect::Absent, .. } => Ok(Kind::Insert),
        Action::Put { expect: Expect::Anything, .. } => Ok(Kind::Upsert),
        Action::Put { expect: Expect::Revision(revision), .. } if record.save.is_some() => {
            Ok(Kind::Save(stored_revision(revision)))
        }
        Action::Delete { expect: Expect::Anything, .. } => Ok(Kind::Delete(None)),
        Action::Delete { expect: Expect::Revision(revision), .. }
            if record.delete_revision.is_some() =>
        {
            Ok(Kind::Delete(Some(stored_revision(revision))))
        }
        _ => Err(Error::new(
            ErrorKind::Unsupported,
            "the condition needs a revision, which the record lacks",
        )
        .with_record(record.schema.name)),
    }
}

/// No stored revision is negative, so what does not fit equals none.
fn stored_revision(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(-1)
}

fn push_row(row: &mut Row, record: &RecordSql, fields: &dyn Fields) -> Result<(), Error> {
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

fn push_key(row: &mut Row, record: &RecordSql, write: &Write<'_>, key: &Row) {
    let start = row.len();
    if record.schema.roles.tenant.is_some() {
        row.push(write.tenant.value().unwrap_or(&Value::Null));
    }
    for value in key.iter() {
        row.push(&value);
    }
    if row.len() == start {
        row.push(&Value::Int(0));
    }
}
