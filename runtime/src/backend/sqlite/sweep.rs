//! Finds expired rows, in steps along the primary key.
//!
//! The scan is a read and holds no lock; the rows that it finds are then removed in one job of the
//! writer, each only if it is still expired. Called by the backend's `sweep`.

use std::fmt::Write as _;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::bind::{Bound, push_column};
use super::change::Batch;
use super::error;
use super::sql::{RecordSql, key_index};
use crate::error::Error;
use crate::request::Sweep;
use crate::schema::quote;
use crate::value::Row;

/// How many rows one step looks at, so that a table with little to remove does not hold its thread.
pub(super) const LOOKS: usize = 10_000;

/// What one step found.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// The removals.
    pub(super) expired: Batch,
    /// The last key that was looked at, if there may be more behind it.
    pub(super) resume: Option<Row>,
}

/// Looks for the next expired rows.
pub(super) fn expired(
    records: &[RecordSql],
    connection: &Connection,
    sweep: &Sweep,
) -> Result<Step, Error> {
    let record = records.get(sweep.record).ok_or_else(error::no_such_record)?;
    let mut step = Step::default();
    let Some(text) = select(record, sweep.after.is_some()) else {
        return Ok(step);
    };
    find(record, connection, sweep, &text, &mut step).map_err(error::statement)?;
    Ok(step)
}

/// The statement that reads the keys and whether each has expired; `None` where no record expires.
pub(super) fn select(record: &RecordSql, resumed: bool) -> Option<String> {
    let expires = &record.columns[record.schema.roles.expires?];
    let names: Vec<&str> =
        record.table.primary_key.iter().map(|&at| &*record.columns[at]).collect();
    let keys = names.join(", ");
    let index = quote(&key_index(record.table.name));
    let mut text = format!(
        "SELECT {keys}, coalesce({expires} <= ?, 0) FROM {} INDEXED BY {index}",
        record.name
    );
    if resumed {
        let _ = write!(text, " WHERE ({keys}) > ({})", vec!["?"; names.len()].join(", "));
    }
    let _ = write!(text, " ORDER BY {keys} LIMIT {LOOKS}");
    Some(text)
}

fn find(
    record: &RecordSql,
    connection: &Connection,
    sweep: &Sweep,
    text: &str,
    step: &mut Step,
) -> rusqlite::Result<()> {
    let keys = record.table.primary_key.len();
    let mut statement = connection.prepare_cached(text)?;
    statement.raw_bind_parameter(1, sweep.now.as_micros())?;
    for (at, value) in sweep.after.iter().flat_map(Row::iter).take(keys).enumerate() {
        statement.raw_bind_parameter(at + 2, Bound(&value))?;
    }
    let mut found = statement.raw_query();
    let mut looks = 0;
    while let Some(row) = found.next()? {
        looks += 1;
        let is_expired = matches!(row.get_ref(keys)?, ValueRef::Integer(1));
        let is_last = looks == LOOKS || (is_expired && step.expired.len() + 1 >= sweep.limit.get());
        if !is_expired && !is_last {
            continue;
        }
        let mut key = Row::with_capacity(keys);
        for at in 0..keys {
            push_column(&mut key, row, at);
        }
        if is_expired {
            step.expired.push_expired(sweep.record, &key, sweep.now);
        }
        if is_last {
            step.resume = Some(key);
            break;
        }
    }
    Ok(())
}
