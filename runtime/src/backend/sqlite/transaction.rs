//! A transaction: writes that are applied all or none, in one savepoint of their group's.
//!
//! Called by [`group`](super::group).

use rusqlite::Connection;

use super::error::{self, Cause};
use super::judged::{self, Judged};
use super::session::Session;
use super::sql::RecordSql;
use crate::error::Error;
use crate::request::{Footprint, Outcome, Transacted};
use crate::value::Row;

/// A statement that failed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// The write that it was run for.
    pub(super) at: usize,
    /// Why.
    pub(super) cause: Cause,
}

impl Failure {
    fn at(at: usize) -> impl FnOnce(rusqlite::Error) -> Self {
        move |error| Self { at, cause: error.into() }
    }

    /// The answer to a transaction of which nothing was applied because of it.
    pub(super) fn refuse(self) -> Transacted {
        let outcome = Outcome::Failed(error::statement(self.cause));
        Transacted::Refused { at: self.at, outcome }
    }
}

type Answer = Result<Transacted, Error>;

/// Applies all of a transaction or nothing. It fails where the whole group's transaction is lost or
/// has to be.
pub(super) fn apply<'c>(
    session: &mut Session<'c>,
    records: &'c [RecordSql],
    writes: &[Judged],
) -> Result<Answer, Failure> {
    let connection = session.connection;
    run(connection, "SAVEPOINT whole").map_err(Failure::at(0))?;
    let answer = match attempt(session, records, writes) {
        Err(failure) if connection.is_autocommit() => return Err(failure),
        Err(failure) => Ok(failure.refuse()),
        Ok(answer) => answer,
    };
    if !matches!(answer, Ok(Transacted::Committed(_))) {
        run(connection, "ROLLBACK TO whole").map_err(Failure::at(0))?;
    }
    run(connection, "RELEASE whole").map_err(Failure::at(0))?;
    Ok(answer)
}

fn run(connection: &Connection, text: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(text)?.raw_execute().map(drop)
}

fn attempt<'c>(
    session: &mut Session<'c>,
    records: &'c [RecordSql],
    writes: &[Judged],
) -> Result<Answer, Failure> {
    let mut footprint = Footprint::default();
    let mut plans = Vec::new();
    for (at, write) in writes.iter().enumerate() {
        let Some(record) = records.get(write.record) else {
            return Ok(Err(error::no_such_record()));
        };
        let stored = judged::stored(session, record, write).map_err(Failure::at(at))?;
        if let Err(error) = tread(&mut footprint, record, write, stored.as_ref()) {
            return Ok(Err(error));
        }
        plans.push((record, write, stored));
    }
    let mut outcomes = Vec::with_capacity(plans.len());
    for (at, (record, write, stored)) in plans.into_iter().enumerate() {
        match judged::apply(session, record, write, stored).map_err(Failure::at(at))? {
            outcome @ (Outcome::Applied { .. } | Outcome::Patched(_)) => outcomes.push(outcome),
            outcome => return Ok(Ok(Transacted::Refused { at, outcome })),
        }
    }
    Ok(Ok(Transacted::Committed(outcomes)))
}

/// Adds the items that a write touches.
fn tread(
    footprint: &mut Footprint,
    record: &RecordSql,
    judged: &Judged,
    stored: Option<&Row>,
) -> Result<(), Error> {
    let write = judged.write();
    let seen = stored.filter(|row| write.sees(record.schema, &|at| row.get(at)));
    footprint.add(record.schema, &write, &judged.key, seen)
}
