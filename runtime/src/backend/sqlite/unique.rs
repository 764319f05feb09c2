//! What stands behind a unique index that refuses a row: expired rows, which make room, or another.
//!
//! Called by [`apply`](super::apply) and [`judged`](super::judged), inside a transaction.

use super::change::Cells;
use super::error::is_unique;
use super::session::Session;
use super::sql::{RecordSql, UniqueSql};
use crate::request::Outcome;
use crate::value::Value;

/// Removes the expired rows that hold the unique keys of a row and tries again to store it; `None`
/// where a unique index refuses it still.
pub(super) fn make_room<'c>(
    session: &mut Session<'c>,
    record: &'c RecordSql,
    cells: Cells<'_>,
    again: impl FnOnce(&mut Session<'c>) -> rusqlite::Result<Outcome>,
) -> rusqlite::Result<Option<Outcome>> {
    if record.schema.roles.expires.is_none() {
        return Ok(None);
    }
    session.connection.execute_batch("SAVEPOINT room")?;
    let outcome = sweep(session, record, cells, again);
    // Where the transaction is gone, the savepoint is too.
    if !session.connection.is_autocommit() {
        let end = match &outcome {
            Ok(Some(Outcome::Applied { .. } | Outcome::Patched(_))) => "RELEASE room",
            _ => "ROLLBACK TO room; RELEASE room",
        };
        session.connection.execute_batch(end)?;
    }
    outcome
}

fn sweep<'c>(
    session: &mut Session<'c>,
    record: &'c RecordSql,
    cells: Cells<'_>,
    again: impl FnOnce(&mut Session<'c>) -> rusqlite::Result<Outcome>,
) -> rusqlite::Result<Option<Outcome>> {
    let mut removed = 0;
    for sweep in guards(record, cells).filter_map(|unique| unique.sweep.as_ref()) {
        removed += session.execute(sweep, cells, None)?;
    }
    if removed == 0 {
        return Ok(None);
    }
    match again(session) {
        Err(error) if is_unique(&error) => Ok(None),
        other => other.map(Some),
    }
}

/// The unique index that refuses a row because of another that has not expired.
pub(super) fn violated(
    session: &Session<'_>,
    record: &RecordSql,
    cells: Cells<'_>,
    refusal: rusqlite::Error,
) -> rusqlite::Result<Outcome> {
    for unique in guards(record, cells) {
        if session.first(&unique.probe, cells, |_| ())?.is_some() {
            return Ok(Outcome::NotUnique { index: unique.at });
        }
    }
    // An index that the schema does not know.
    Err(refusal)
}

/// The unique indexes that hold a row.
fn guards<'r>(record: &'r RecordSql, cells: Cells<'_>) -> impl Iterator<Item = &'r UniqueSql> {
    record
        .unique
        .iter()
        .filter(move |unique| unique.present.iter().all(|&at| cells.get(at) != Value::Null))
}
