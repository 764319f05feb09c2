//! Applies one change on the writer's connection.
//!
//! A change is one statement, which SQLite applies or undoes whole; only the one that must first
//! remove expired rows is two, and has a savepoint. Called by [`group`](super::group).

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, Statement};

use super::bind::{Bound, push_column};
use super::change::{Change, Kind};
use super::error::is_unique;
use super::sql::{Prepared, RecordSql, UniqueSql};
use crate::Timestamp;
use crate::request::Outcome;
use crate::value::{Row, Value};

/// A connection and the statement that it ran last, because most changes are of their
/// predecessor's kind.
pub(super) struct Session<'c> {
    /// The connection.
    pub(super) connection: &'c Connection,
    last: Option<(&'c Prepared, CachedStatement<'c>)>,
}

impl<'c> Session<'c> {
    /// A session that ran nothing yet.
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, last: None }
    }

    fn statement(&mut self, prepared: &'c Prepared) -> rusqlite::Result<&mut CachedStatement<'c>> {
        let kept = self.last.take().filter(|(last, _)| std::ptr::eq(*last, prepared));
        let kept = match kept {
            Some(kept) => kept,
            None => (prepared, self.connection.prepare_cached(&prepared.text)?),
        };
        Ok(&mut self.last.insert(kept).1)
    }

    /// Runs a statement that writes and returns how many rows it changed.
    fn execute(
        &mut self,
        prepared: &'c Prepared,
        change: Change<'_>,
        revision: Option<i64>,
    ) -> rusqlite::Result<usize> {
        let statement = self.statement(prepared)?;
        bind(statement, prepared, change, revision)?;
        statement.raw_execute()
    }
}

fn bind(
    statement: &mut Statement<'_>,
    prepared: &Prepared,
    change: Change<'_>,
    revision: Option<i64>,
) -> rusqlite::Result<()> {
    let mut parameter = 0;
    for &cell in &prepared.cells {
        parameter += 1;
        statement.raw_bind_parameter(parameter, Bound(&change.cell(cell)))?;
    }
    if let Some(revision) = revision {
        parameter += 1;
        statement.raw_bind_parameter(parameter, revision)?;
    }
    if prepared.moment {
        statement.raw_bind_parameter(parameter + 1, change.now)?;
    }
    Ok(())
}

/// Runs a statement that reads and hands its first row to `take`.
fn first<T>(
    connection: &Connection,
    prepared: &Prepared,
    change: Change<'_>,
    take: impl FnOnce(&rusqlite::Row<'_>) -> T,
) -> rusqlite::Result<Option<T>> {
    let mut statement = connection.prepare_cached(&prepared.text)?;
    bind(&mut statement, prepared, change, None)?;
    let mut found = statement.raw_query();
    Ok(found.next()?.map(take))
}

/// Runs the one statement that most changes are. `None` where it changed nothing and what is stored
/// decides the outcome.
pub(super) fn try_alone<'c>(
    session: &mut Session<'c>,
    record: &'c RecordSql,
    change: Change<'_>,
) -> rusqlite::Result<Option<Outcome>> {
    let (prepared, revision, existed) = match (change.kind, &record.save, &record.delete_revision) {
        (Kind::Insert | Kind::Upsert, ..) => (&record.insert, None, false),
        (Kind::Save(revision), Some(save), _) => (save, Some(revision), true),
        (Kind::Delete(Some(revision)), _, Some(delete)) => (delete, Some(revision), true),
        (Kind::Delete(None), ..) => (&record.delete, None, true),
        // A change with a revision is only made for a record that has one.
        (Kind::Save(_) | Kind::Delete(Some(_)), ..) => return Ok(None),
    };
    if session.execute(prepared, change, revision)? > 0 {
        return Ok(Some(Outcome::Applied { existed, created: None }));
    }
    let gone = change.kind == Kind::Delete(None) && record.delete_expired.is_none();
    Ok(gone.then_some(Outcome::Applied { existed: false, created: None }))
}

/// Applies a change inside a transaction.
pub(super) fn apply<'c>(
    session: &mut Session<'c>,
    record: &'c RecordSql,
    change: Change<'_>,
) -> rusqlite::Result<Outcome> {
    match attempt(session, record, change) {
        Err(error) if is_unique(&error) => contest(session, record, change, error),
        other => other,
    }
}

fn attempt<'c>(
    session: &mut Session<'c>,
    record: &'c RecordSql,
    change: Change<'_>,
) -> rusqlite::Result<Outcome> {
    if let Some(outcome) = try_alone(session, record, change)? {
        return Ok(outcome);
    }
    // An upsert's insert has met a live row, which this replaces.
    if change.kind == Kind::Upsert && session.execute(&record.overwrite, change, None)? > 0 {
        let created = match &record.created {
            Some(created) => first(session.connection, created, change, created_of)?.flatten(),
            None => None,
        };
        return Ok(Outcome::Applied { existed: true, created });
    }
    if let (Kind::Delete(None), Some(delete)) = (change.kind, &record.delete_expired) {
        session.execute(delete, change, None)?;
        return Ok(Outcome::Applied { existed: false, created: None });
    }
    Ok(Outcome::Refused { stored: stored(session.connection, record, change)? })
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
    change: Change<'_>,
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
fn contest<'c>(
    session: &mut Session<'c>,
    record: &'c RecordSql,
    change: Change<'_>,
    refusal: rusqlite::Error,
) -> rusqlite::Result<Outcome> {
    if record.schema.roles.expires.is_some() {
        session.connection.execute_batch("SAVEPOINT room")?;
        let outcome = make_room(session, record, change);
        // Where the transaction is gone, the savepoint is too.
        if !session.connection.is_autocommit() {
            let end = match &outcome {
                Ok(Some(Outcome::Applied { .. })) => "RELEASE room",
                _ => "ROLLBACK TO room; RELEASE room",
            };
            session.connection.execute_batch(end)?;
        }
        if let Some(outcome) = outcome? {
            return Ok(outcome);
        }
    }
    if change.kind == Kind::Insert
        && let Some(row) = stored(session.connection, record, change)?
    {
        return Ok(Outcome::Refused { stored: Some(row) });
    }
    for unique in guards(record, change) {
        if first(session.connection, &unique.probe, change, |_| ())?.is_some() {
            return Ok(Outcome::NotUnique { index: unique.at });
        }
    }
    // An index that the schema does not know.
    Err(refusal)
}

/// Removes the expired rows that hold the change's unique keys and tries it again; `None` where a
/// unique index refuses it still.
fn make_room<'c>(
    session: &mut Session<'c>,
    record: &'c RecordSql,
    change: Change<'_>,
) -> rusqlite::Result<Option<Outcome>> {
    let mut removed = 0;
    for sweep in guards(record, change).filter_map(|unique| unique.sweep.as_ref()) {
        removed += session.execute(sweep, change, None)?;
    }
    if removed == 0 {
        return Ok(None);
    }
    match attempt(session, record, change) {
        Err(error) if is_unique(&error) => Ok(None),
        other => other.map(Some),
    }
}

/// The unique indexes that hold the change's row.
fn guards<'r>(record: &'r RecordSql, change: Change<'_>) -> impl Iterator<Item = &'r UniqueSql> {
    record.unique.iter().filter(move |unique| {
        unique.present.iter().all(|&column| change.cell(column) != Value::Null)
    })
}
