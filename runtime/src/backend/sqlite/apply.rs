//! Applies one change on the writer's connection.
//!
//! A change is one statement, which SQLite applies or undoes whole; only the one that must first
//! remove expired rows is two, and has a savepoint. Called by [`group`](super::group).

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection};

use super::bind::{Bound, push_column};
use super::change::{Change, Kind};
use super::error::is_unique;
use super::sql::{Prepared, RecordSql, UniqueSql};
use crate::Timestamp;
use crate::request::Outcome;
use crate::value::{Row, Value};

fn prepare<'c>(
    connection: &'c Connection,
    prepared: &Prepared,
    change: &Change,
) -> rusqlite::Result<CachedStatement<'c>> {
    let mut statement = connection.prepare_cached(&prepared.text)?;
    let mut parameter = 0;
    for &cell in &prepared.cells {
        parameter += 1;
        statement.raw_bind_parameter(parameter, Bound(&change.row.get(cell)))?;
    }
    Ok(statement)
}

fn execute(
    connection: &Connection,
    prepared: &Prepared,
    change: &Change,
    revision: Option<i64>,
) -> rusqlite::Result<usize> {
    let mut statement = prepare(connection, prepared, change)?;
    let mut parameter = prepared.cells.len();
    if let Some(revision) = revision {
        parameter += 1;
        statement.raw_bind_parameter(parameter, revision)?;
    }
    if prepared.moment {
        statement.raw_bind_parameter(parameter + 1, change.now)?;
    }
    statement.raw_execute()
}

/// Runs a statement that reads and hands its first row to `take`.
fn first<T>(
    connection: &Connection,
    prepared: &Prepared,
    change: &Change,
    take: impl FnOnce(&rusqlite::Row<'_>) -> T,
) -> rusqlite::Result<Option<T>> {
    let mut statement = prepare(connection, prepared, change)?;
    if prepared.moment {
        statement.raw_bind_parameter(prepared.cells.len() + 1, change.now)?;
    }
    let mut found = statement.raw_query();
    Ok(found.next()?.map(take))
}

/// Runs the one statement that most changes are. `None` where it changed nothing and what is stored
/// decides the outcome.
pub(super) fn try_alone(
    connection: &Connection,
    record: &RecordSql,
    change: &Change,
) -> rusqlite::Result<Option<Outcome>> {
    let (prepared, revision, existed) = match (change.kind, &record.save, &record.delete_revision) {
        (Kind::Insert | Kind::Upsert, ..) => (&record.insert, None, false),
        (Kind::Save(revision), Some(save), _) => (save, Some(revision), true),
        (Kind::Delete(Some(revision)), _, Some(delete)) => (delete, Some(revision), true),
        (Kind::Delete(None), ..) => (&record.delete, None, true),
        // A change with a revision is only made for a record that has one.
        (Kind::Save(_) | Kind::Delete(Some(_)), ..) => return Ok(None),
    };
    if execute(connection, prepared, change, revision)? > 0 {
        return Ok(Some(Outcome::Applied { existed, created: None }));
    }
    let gone = change.kind == Kind::Delete(None) && record.delete_expired.is_none();
    Ok(gone.then_some(Outcome::Applied { existed: false, created: None }))
}

/// Applies a change inside a transaction.
pub(super) fn apply(
    connection: &Connection,
    record: &RecordSql,
    change: &Change,
) -> rusqlite::Result<Outcome> {
    match attempt(connection, record, change) {
        Err(error) if is_unique(&error) => contest(connection, record, change, error),
        other => other,
    }
}

fn attempt(
    connection: &Connection,
    record: &RecordSql,
    change: &Change,
) -> rusqlite::Result<Outcome> {
    if let Some(outcome) = try_alone(connection, record, change)? {
        return Ok(outcome);
    }
    // An upsert's insert has met a live row, which this replaces.
    if change.kind == Kind::Upsert && execute(connection, &record.overwrite, change, None)? > 0 {
        let created = match &record.created {
            Some(created) => first(connection, created, change, created_of)?.flatten(),
            None => None,
        };
        return Ok(Outcome::Applied { existed: true, created });
    }
    if let (Kind::Delete(None), Some(delete)) = (change.kind, &record.delete_expired) {
        execute(connection, delete, change, None)?;
        return Ok(Outcome::Applied { existed: false, created: None });
    }
    Ok(Outcome::Refused { stored: stored(connection, record, change)? })
}

fn created_of(row: &rusqlite::Row<'_>) -> Option<Timestamp> {
    match row.get_ref(0) {
        Ok(ValueRef::Integer(micros)) => Timestamp::from_micros(micros),
        _ => None,
    }
}

/// The live row with the change's key.
fn stored(
    connection: &Connection,
    record: &RecordSql,
    change: &Change,
) -> rusqlite::Result<Option<Row>> {
    let prepared = match change.kind {
        Kind::Delete(_) => &record.get,
        _ => &record.stored,
    };
    let fields = record.schema.fields.len();
    first(connection, prepared, change, |found| {
        let mut row = Row::with_capacity(fields);
        for at in 0..fields {
            push_column(&mut row, found, at);
        }
        row
    })
}

/// Decides a change that a unique index refused: by expired rows, which make room, or by a live one.
fn contest(
    connection: &Connection,
    record: &RecordSql,
    change: &Change,
    refusal: rusqlite::Error,
) -> rusqlite::Result<Outcome> {
    if record.schema.roles.expires.is_some() {
        connection.execute_batch("SAVEPOINT room")?;
        let outcome = make_room(connection, record, change);
        match &outcome {
            Ok(Some(Outcome::Applied { .. })) => connection.execute_batch("RELEASE room")?,
            // Where the transaction is gone, the savepoint is too.
            _ if connection.is_autocommit() => {}
            _ => connection.execute_batch("ROLLBACK TO room; RELEASE room")?,
        }
        if let Some(outcome) = outcome? {
            return Ok(outcome);
        }
    }
    if change.kind == Kind::Insert
        && let Some(row) = stored(connection, record, change)?
    {
        return Ok(Outcome::Refused { stored: Some(row) });
    }
    for unique in guards(record, change) {
        if first(connection, &unique.probe, change, |_| ())?.is_some() {
            return Ok(Outcome::NotUnique { index: unique.at });
        }
    }
    // An index that the schema does not know.
    Err(refusal)
}

/// Removes the expired rows that hold the change's unique keys and tries it again; `None` where a
/// unique index refuses it still.
fn make_room(
    connection: &Connection,
    record: &RecordSql,
    change: &Change,
) -> rusqlite::Result<Option<Outcome>> {
    let mut removed = 0;
    for sweep in guards(record, change).filter_map(|unique| unique.sweep.as_ref()) {
        removed += execute(connection, sweep, change, None)?;
    }
    if removed == 0 {
        return Ok(None);
    }
    match attempt(connection, record, change) {
        Err(error) if is_unique(&error) => Ok(None),
        other => other.map(Some),
    }
}

/// The unique indexes that hold the change's row.
fn guards<'r>(record: &'r RecordSql, change: &Change) -> impl Iterator<Item = &'r UniqueSql> {
    record.unique.iter().filter(move |unique| {
        unique.present.iter().all(|&column| change.row.get(column) != Value::Null)
    })
}
