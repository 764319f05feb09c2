//! [`Change`]: a write as it crosses to the writer, one flat row and no borrow.
//!
//! All that can fail in the record itself (a value no engine holds, a key without a word) fails
//! here, on the caller's thread and before anything is queued.

use super::error;
use super::sql::RecordSql;
use crate::error::{Error, ErrorKind};
use crate::key::settle;
use crate::request::{Action, Expect, Write};
use crate::schema::ColumnSource;
use crate::value::{Fields, Row, Value};

/// One write.
#[derive(Debug)]
pub(super) struct Change {
    /// The record's position in the table.
    pub(super) record: usize,
    /// The moment by which expiry is judged, in microseconds.
    pub(super) now: i64,
    /// What to do.
    pub(super) kind: Kind,
    /// Every column's value; of a delete, the primary key's alone.
    pub(super) row: Row,
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

impl Change {
    /// The change of a write.
    pub(super) fn of(records: &[RecordSql], write: &Write<'_>) -> Result<Self, Error> {
        let record = records.get(write.record).ok_or_else(error::no_such_record)?;
        let (kind, row) = match write.action {
            Action::Put { fields, expect } => {
                let kind = match expect {
                    Expect::Absent => Kind::Insert,
                    Expect::Anything => Kind::Upsert,
                    Expect::Revision(revision) if record.save.is_some() => {
                        Kind::Save(stored_revision(revision))
                    }
                    Expect::Revision(_) => return Err(no_revision(record)),
                };
                (kind, put_row(record, fields)?)
            }
            Action::Delete { key, expect } => {
                let kind = match expect {
                    Expect::Anything => Kind::Delete(None),
                    Expect::Revision(revision) if record.delete_revision.is_some() => {
                        Kind::Delete(Some(stored_revision(revision)))
                    }
                    _ => return Err(no_revision(record)),
                };
                (kind, key_row(record, write, key))
            }
        };
        Ok(Self { record: write.record, now: write.now.as_micros(), kind, row })
    }
}

/// No stored revision is negative, so what does not fit equals none.
fn stored_revision(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(-1)
}

#[cold]
fn no_revision(record: &RecordSql) -> Error {
    Error::new(ErrorKind::Unsupported, "the condition needs a revision, which the record lacks")
        .with_record(record.schema.name)
}

fn put_row(record: &RecordSql, fields: &dyn Fields) -> Result<Row, Error> {
    let schema = record.schema;
    let name = |at: usize| schema.fields.get(at).map_or("?", |field| field.name);
    let mut row = Row::with_capacity(record.columns.len());
    for column in &record.table.columns {
        match &column.source {
            ColumnSource::Field(at) => fields
                .field(*at, &mut row)
                .map_err(|invalid| Error::value(schema.name, name(*at), &invalid))?,
            ColumnSource::Key { path, placeholder } => fields
                .field(placeholder.field, &mut row)
                .and_then(|()| settle(schema, *path, placeholder, &mut row))
                .map_err(|invalid| Error::key(schema.name, name(placeholder.field), &invalid))?,
            ColumnSource::Only => row.push(&Value::Int(0)),
        }
    }
    Ok(row)
}

fn key_row(record: &RecordSql, write: &Write<'_>, key: &Row) -> Row {
    let mut row = Row::with_capacity(key.len() + 1);
    if record.schema.roles.tenant.is_some() {
        row.push(write.tenant.value().unwrap_or(&Value::Null));
    }
    for value in key.iter() {
        row.push(&value);
    }
    if row.is_empty() {
        row.push(&Value::Int(0));
    }
    row
}
