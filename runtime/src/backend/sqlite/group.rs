//! Group commit: many jobs in one transaction, each with its own outcome.
//!
//! Nothing is answered here before its commit is durable. A job that fails leaves its neighbours
//! alone, also where SQLite gave up the whole transaction with it. Called by
//! [`writer`](super::writer), on one thread at a time.

use std::collections::HashMap;

use rusqlite::Connection;

use super::apply::{self, Session};
use super::change::{Batch, Change, Kind};
use super::error::{self, Cause, is_busy, is_unique};
use super::sql::RecordSql;
use crate::error::Error;
use crate::request::Outcome;

/// The answer to one job: the outcome of each of its changes, or why there is none.
pub(super) type Answer = Result<Vec<Outcome>, Error>;

/// Another process holds the write lock; nothing was written.
#[derive(Debug)]
pub(super) struct Busy;

/// A change by its job and its place there.
type At = (usize, usize);

/// The changes that cost a transaction, and why.
type Lost = HashMap<At, Cause>;

/// Commits jobs together and answers each, in their order.
pub(super) fn commit(
    connection: &Connection,
    records: &[RecordSql],
    jobs: &[&Batch],
) -> Result<Vec<Answer>, Busy> {
    if !connection.is_autocommit() {
        // A panic left it behind.
        let _ = run(connection, "ROLLBACK");
    }
    if let [job] = jobs
        && let Some(change) = job.only()
        && let Some(answer) = commit_alone(connection, records, change)?
    {
        return Ok(vec![answer]);
    }
    let mut lost = Lost::new();
    loop {
        match run(connection, "BEGIN IMMEDIATE") {
            Ok(()) => {}
            Err(error) if is_busy(&error) => return Err(Busy),
            Err(error) => return Ok(refuse(jobs, error, error::statement)),
        }
        let Some(outcomes) = attempt(connection, records, jobs, &mut lost) else {
            continue;
        };
        if let Err(error) = run(connection, "COMMIT") {
            if !connection.is_autocommit() {
                let _ = run(connection, "ROLLBACK");
            }
            return Ok(refuse(jobs, error, error::commit));
        }
        return Ok(outcomes.into_iter().map(Ok).collect());
    }
}

fn run(connection: &Connection, text: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(text)?.raw_execute().map(drop)
}

fn refuse(jobs: &[&Batch], error: rusqlite::Error, kind: fn(Cause) -> Error) -> Vec<Answer> {
    let cause = Cause::from(error);
    jobs.iter().map(|_| Err(kind(cause.clone()))).collect()
}

/// Runs a single change as a statement that commits by itself; `None` where it takes more than one.
fn commit_alone(
    connection: &Connection,
    records: &[RecordSql],
    change: Change<'_>,
) -> Result<Option<Answer>, Busy> {
    let Some(record) = records.get(change.record) else {
        return Ok(Some(Err(error::no_such_record())));
    };
    match apply::try_alone(&mut Session::new(connection), record, change) {
        Ok(outcome) => Ok(outcome.map(|outcome| Ok(vec![outcome]))),
        Err(error) if is_busy(&error) => Err(Busy),
        Err(error) if is_unique(&error) => Ok(None),
        Err(error) => Ok(Some(Err(error::commit(error)))),
    }
}

/// Applies every change in the open transaction. `None` where SQLite rolled the transaction back: the
/// change that made it is then in `lost`, and the others are to run again.
fn attempt(
    connection: &Connection,
    records: &[RecordSql],
    jobs: &[&Batch],
    lost: &mut Lost,
) -> Option<Vec<Vec<Outcome>>> {
    let mut session = Session::new(connection);
    let mut outcomes = Vec::with_capacity(jobs.len());
    for (job, changes) in jobs.iter().enumerate() {
        let mut applied = Vec::with_capacity(changes.len());
        for (place, change) in changes.iter().enumerate() {
            if let Some(cause) = lost.get(&(job, place)) {
                applied.push(Outcome::Failed(error::statement(cause.clone())));
                continue;
            }
            let Some(record) = records.get(change.record) else {
                applied.push(Outcome::Failed(error::no_such_record()));
                continue;
            };
            match apply::apply(&mut session, record, change) {
                Ok(outcome) => applied.push(outcome),
                Err(error) if connection.is_autocommit() => {
                    give_up(lost, (job, place), changes, &Cause::from(error));
                    return None;
                }
                Err(error) => applied.push(Outcome::Failed(error::statement(error))),
            }
        }
        outcomes.push(applied);
    }
    Some(outcomes)
}

/// Notes a change that cost the transaction, and with it the later puts of its job: a batch on a
/// full disk would otherwise begin again for each of its records.
fn give_up(lost: &mut Lost, at: At, changes: &Batch, cause: &Cause) {
    let (job, place) = at;
    lost.insert(at, cause.clone());
    for (later, change) in changes.iter().enumerate().skip(place + 1) {
        if !matches!(change.kind, Kind::Delete(_)) {
            lost.entry((job, later)).or_insert_with(|| cause.clone());
        }
    }
}
