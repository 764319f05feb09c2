//! Applies one change on the writer's connection.
//!
//! A plain change is one statement, which SQLite applies or undoes whole; only the one that must
//! first remove expired rows is two, and has a savepoint. What no statement decides is
//! [`judged`]. Called by [`group`](super::group).

use rusqlite::types::ValueRef;

use super::change::{Change, Kind, stored_revision};
use super::error::is_unique;
use super::session::Session;
use super::sql::{Prepared, RecordSql};
use super::{judged, unique};
use crate::Timestamp;
use crate::request::{Expect, Outcome, is_live};
use crate::value::Row;

/// Runs the one statement that most changes are. `None` where it changed nothing and what is stored
/// decides the outcome, and where there is no such statement.
pub(super) fn try_alone<'c>(
    session: &mut Session<'c>,
    record: &'c RecordSql,
    change: Change<'_>,
) -> rusqlite::Result<Option<Outcome>> {
    let Some((prepared, revision)) = statement(record, change.kind) else {
        return Ok(None);
    };
    let applied = |existed| Some(Outcome::Applied { existed, created: None });
    if session.execute(prepared, change.cells, revision)? > 0 {
        return Ok(applied(!matches!(change.kind, Kind::Insert | Kind::Upsert)));
    }
    Ok(match change.kind {
        Kind::Sweep => applied(false),
        Kind::Delete { expect: Expect::Present, .. } => Some(Outcome::Refused { stored: None }),
        Kind::Delete { expect: Expect::Anything, deleted } if !hides(record, deleted) => {
            applied(false)
        }
        _ => None,
    })
}

fn statement(record: &RecordSql, kind: Kind) -> Option<(&Prepared, Option<i64>)> {
    match kind {
        Kind::Insert | Kind::Upsert => Some((&record.insert, None)),
        Kind::Save(revision) => Some((record.save.as_ref()?, Some(revision))),
        Kind::Delete { expect: Expect::Revision(revision), deleted } => {
            let delete = record.delete_revision.as_ref()?.of(deleted);
            Some((delete, Some(stored_revision(revision))))
        }
        Kind::Delete { deleted, .. } => Some((record.delete.of(deleted), None)),
        Kind::Sweep => Some((record.delete_expired.as_ref()?, None)),
        Kind::Judged(_) => None,
    }
}

/// Whether a row of the record can be stored and yet not exist.
fn hides(record: &RecordSql, deleted: bool) -> bool {
    let roles = &record.schema.roles;
    roles.expires.is_some() || (roles.deleted.is_some() && !deleted)
}

/// Applies a change inside a transaction.
pub(super) fn apply<'c>(
    session: &mut Session<'c>,
    record: &'c RecordSql,
    change: Change<'_>,
) -> rusqlite::Result<Outcome> {
    if let Some(judged) = change.judged() {
        let stored = judged::stored(session, record, judged)?;
        return judged::apply(session, record, judged, stored);
    }
    let refusal = match attempt(session, record, change) {
        Err(error) if is_unique(&error) => error,
        other => return other,
    };
    let again = |session: &mut Session<'c>| attempt(session, record, change);
    if let Some(outcome) = unique::make_room(session, record, change.cells, again)? {
        return Ok(outcome);
    }
    // The key is looked at first.
    if change.kind == Kind::Insert
        && let Some(row) = stored(session, record, change)?
    {
        return Ok(Outcome::Refused { stored: Some(row) });
    }
    unique::violated(session, record, change.cells, refusal)
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
    if change.kind == Kind::Upsert && session.execute(&record.overwrite, change.cells, None)? > 0 {
        let created = match &record.created {
            Some(created) => session.first(created, change.cells, created_of)?.flatten(),
            None => None,
        };
        return Ok(Outcome::Applied { existed: true, created });
    }
    if let Kind::Delete { expect: Expect::Anything, .. } = change.kind {
        // What is there does not exist, and goes all the same.
        session.execute(&record.remove, change.cells, None)?;
        return Ok(Outcome::Applied { existed: false, created: None });
    }
    Ok(Outcome::Refused { stored: stored(session, record, change)? })
}

fn created_of(row: &rusqlite::Row<'_>) -> Option<Timestamp> {
    match row.get_ref(0) {
        Ok(ValueRef::Integer(micros)) => Timestamp::from_micros(micros),
        _ => None,
    }
}

/// The row with the change's key, where it exists for the change.
fn stored(
    session: &Session<'_>,
    record: &RecordSql,
    change: Change<'_>,
) -> rusqlite::Result<Option<Row>> {
    let (prepared, deleted) = match change.kind {
        Kind::Delete { deleted, .. } => (&record.stored_by_key, deleted),
        kind => (&record.stored, kind == Kind::Insert),
    };
    let row = session.fields(record, prepared, change.cells)?;
    Ok(row.filter(|row| is_live(record.schema, &|at| row.get(at), deleted, change.cells.now)))
}
