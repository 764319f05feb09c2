//! Group commit: many jobs in one transaction, each with its own outcome.
//!
//! Nothing is answered here before its commit is durable. A job that fails leaves its neighbours
//! alone, also where SQLite gave up the whole transaction with it. Called by
//! [`writer`](super::writer), on one thread at a time.

use std::collections::HashMap;

use rusqlite::Connection;

use super::apply;
use super::change::{Batch, Change, Kind, Work};
use super::error::{self, Cause, is_busy, is_unique};
use super::session::Session;
use super::sql::RecordSql;
use super::transaction::{self, Failure};
use crate::error::Error;
use crate::request::{Outcome, Transacted};

/// The answer to one job, or why there is none.
pub(super) type Answer = Result<Done, Error>;

/// What became of a job.
#[derive(Debug)]
pub(super) enum Done {
    /// The outcome of each of its writes.
    Each(Vec<Outcome>),
    /// That of its transaction.
    Whole(Transacted),
}

/// Another process holds the write lock; nothing was written.
#[derive(Debug)]
pub(super) struct Busy;

/// The changes that cost a group its transaction, and why.
#[derive(Debug, Default)]
struct Lost {
    /// By their job and their place there.
    changes: HashMap<(usize, usize), Cause>,
    /// Of a job that is a transaction, whose writes are lost together.
    whole: HashMap<usize, Failure>,
}

/// Commits jobs together and answers each, in their order.
pub(super) fn commit(
    connection: &Connection,
    records: &[RecordSql],
    jobs: &[&Work],
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
    let mut lost = Lost::default();
    loop {
        match run(connection, "BEGIN IMMEDIATE") {
            Ok(()) => {}
            Err(error) if is_busy(&error) => return Err(Busy),
            Err(error) => return Ok(refuse(jobs, error, error::statement)),
        }
        let Some(answers) = attempt(connection, records, jobs, &mut lost) else {
            if !connection.is_autocommit() {
                let _ = run(connection, "ROLLBACK");
            }
            continue;
        };
        if let Err(error) = run(connection, "COMMIT") {
            if !connection.is_autocommit() {
                let _ = run(connection, "ROLLBACK");
            }
            return Ok(refuse(jobs, error, error::commit));
        }
        return Ok(answers);
    }
}

fn run(connection: &Connection, text: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(text)?.raw_execute().map(drop)
}

fn refuse(jobs: &[&Work], error: rusqlite::Error, kind: fn(Cause) -> Error) -> Vec<Answer> {
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
        Ok(outcome) => Ok(outcome.map(|outcome| Ok(Done::Each(vec![outcome])))),
        Err(error) if is_busy(&error) => Err(Busy),
        Err(error) if is_unique(&error) => Ok(None),
        Err(error) => Ok(Some(Err(error::commit(error)))),
    }
}

/// Applies every job in the open transaction. `None` where that is lost: what cost it is then in
/// `lost`, and the others are to run again.
fn attempt(
    connection: &Connection,
    records: &[RecordSql],
    jobs: &[&Work],
    lost: &mut Lost,
) -> Option<Vec<Answer>> {
    let mut session = Session::new(connection);
    let mut answers = Vec::with_capacity(jobs.len());
    for (job, work) in jobs.iter().enumerate() {
        answers.push(match work {
            Work::Writes(changes) => {
                Ok(Done::Each(each(&mut session, records, job, changes, lost)?))
            }
            Work::Transaction(writes) => match lost.whole.get(&job) {
                Some(failure) => Ok(Done::Whole(failure.clone().refuse())),
                None => match transaction::apply(&mut session, records, writes) {
                    Ok(answer) => answer.map(Done::Whole),
                    Err(failure) => {
                        lost.whole.insert(job, failure);
                        return None;
                    }
                },
            },
        });
    }
    Some(answers)
}

/// Applies the changes of one job, each for itself.
fn each<'c>(
    session: &mut Session<'c>,
    records: &'c [RecordSql],
    job: usize,
    changes: &Batch,
    lost: &mut Lost,
) -> Option<Vec<Outcome>> {
    let mut applied = Vec::with_capacity(changes.len());
    for (place, change) in changes.iter().enumerate() {
        if let Some(cause) = lost.changes.get(&(job, place)) {
            applied.push(Outcome::Failed(error::statement(cause.clone())));
            continue;
        }
        let Some(record) = records.get(change.record) else {
            applied.push(Outcome::Failed(error::no_such_record()));
            continue;
        };
        match apply::apply(session, record, change) {
            Ok(outcome) => applied.push(outcome),
            Err(error) if session.connection.is_autocommit() => {
                give_up(lost, job, place, changes, &Cause::from(error));
                return None;
            }
            Err(error) => applied.push(Outcome::Failed(error::statement(error))),
        }
    }
    Some(applied)
}

/// Notes a change that cost the transaction, and with it the later puts of its job: a batch on a
/// full disk would otherwise begin again for each of its records.
fn give_up(lost: &mut Lost, job: usize, place: usize, changes: &Batch, cause: &Cause) {
    lost.changes.insert((job, place), cause.clone());
    for (later, change) in changes.iter().enumerate().skip(place + 1) {
        if !matches!(change.kind, Kind::Delete { .. } | Kind::Sweep) {
            lost.changes.entry((job, later)).or_insert_with(|| cause.clone());
        }
    }
}
