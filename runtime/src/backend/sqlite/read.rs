//! Gets and queries on one connection, and the read scope.
//!
//! Rows are handed on in place. A read of more than one statement is one transaction. Called by the
//! backend on the caller's thread.

use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::bind::{Bound, Columns, push_column};
use super::error;
use super::pool::Pooled;
use super::select;
use super::sql::{PathSql, Prepared, RecordSql};
use crate::backend::{Reader, Reply};
use crate::error::Error;
use crate::request::{Get, Position, Query, Rows, Visited};
use crate::value::{Row, Value};

/// After so many rows a query stops and says where to resume, so that one long scan neither holds
/// its thread nor keeps the WAL from being checkpointed.
pub(super) const CHUNK: usize = 1_000;

/// Runs `read` in a transaction if it needs one and none is open.
fn at_one_moment<T>(
    connection: &Connection,
    wanted: bool,
    read: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    if !wanted || !connection.is_autocommit() {
        return read();
    }
    run(connection, "BEGIN").map_err(error::statement)?;
    let outcome = read();
    // A transaction that stays open is rolled back when the connection goes back to the pool.
    run(connection, "COMMIT").map_err(error::statement)?;
    outcome
}

fn run(connection: &Connection, text: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(text)?.raw_execute().map(drop)
}

/// Reads records by key.
pub(super) fn get(
    records: &[RecordSql],
    connection: &Connection,
    get: &Get<'_>,
    rows: &mut dyn Rows,
) -> Result<(), Error> {
    at_one_moment(connection, get.keys.len() > 1, || get_from(records, connection, get, 0, rows))
}

/// Reads the keys of several gets at one moment; their places count on from one get to the next.
pub(super) fn snapshot(
    records: &[RecordSql],
    connection: &Connection,
    gets: &[Get<'_>],
    rows: &mut dyn Rows,
) -> Result<(), Error> {
    at_one_moment(connection, true, || {
        let mut place = 0;
        for get in gets {
            get_from(records, connection, get, place, rows)?;
            place += get.keys.len();
        }
        Ok(())
    })
}

/// Reads the keys of one get, of which the first stands at `place`.
fn get_from(
    records: &[RecordSql],
    connection: &Connection,
    get: &Get<'_>,
    place: usize,
    rows: &mut dyn Rows,
) -> Result<(), Error> {
    let record = records.get(get.record).ok_or_else(error::no_such_record)?;
    let prepared = record.get.of(get.deleted);
    let mut statement = connection.prepare_cached(&prepared.text).map_err(error::statement)?;
    for (at, key) in get.keys.iter().enumerate() {
        bind_get(&mut statement, record, prepared, get, key).map_err(error::statement)?;
        let mut found = statement.raw_query();
        if let Some(row) = found.next().map_err(error::statement)? {
            rows.row(place + at, &mut Columns(row))?;
        }
    }
    Ok(())
}

fn bind_get(
    statement: &mut rusqlite::Statement<'_>,
    record: &RecordSql,
    prepared: &Prepared,
    get: &Get<'_>,
    key: &Row,
) -> rusqlite::Result<()> {
    let mut parameter = 0;
    if record.schema.roles.tenant.is_some() {
        parameter += 1;
        let tenant = get.tenant.value().unwrap_or(&Value::Null);
        statement.raw_bind_parameter(parameter, Bound(tenant))?;
    }
    for value in key.iter() {
        parameter += 1;
        statement.raw_bind_parameter(parameter, Bound(&value))?;
    }
    if parameter == 0 {
        // The constant column of a record of which there is only one.
        parameter += 1;
        statement.raw_bind_parameter(parameter, 0_i64)?;
    }
    if prepared.moment {
        statement.raw_bind_parameter(parameter + 1, get.now.as_micros())?;
    }
    Ok(())
}

/// What is left to do of a query.
struct Progress {
    /// How many records are wanted, if that is limited.
    wanted: Option<usize>,
    /// How many rows may be looked at.
    looks: usize,
    visited: Visited,
}

impl Progress {
    fn is_done(&self) -> bool {
        self.wanted == Some(0) || self.visited.resume.is_some()
    }

    fn pass(&mut self, records: usize) {
        self.visited.count += records;
        self.wanted = self.wanted.map(|wanted| wanted.saturating_sub(records));
    }
}

/// Reads a range in order.
pub(super) fn query(
    records: &[RecordSql],
    connection: &Connection,
    query: &Query<'_>,
    rows: &mut dyn Rows,
) -> Result<Visited, Error> {
    at_one_moment(connection, query.members.len() > 1, || {
        let mut progress = Progress {
            wanted: query.limit.map(Into::into),
            looks: query.max_read.map_or(CHUNK, Into::into),
            visited: Visited::default(),
        };
        let mut after = query.after;
        for nth in 0..query.members.len() {
            let at = if query.descending { query.members.len() - 1 - nth } else { nth };
            let is_before = |position: &Position| {
                if query.descending { at > position.member } else { at < position.member }
            };
            if after.is_some_and(is_before) {
                continue;
            }
            let row = after.take().filter(|position| position.member == at);
            let record = records.get(query.members[at].record).ok_or_else(error::no_such_record)?;
            let path = record.path(query.path).ok_or_else(error::no_such_record)?;
            let member = Walk { record, path, query, at, after: row.map(|position| &position.row) };
            if query.count_only && query.max_read.is_none() {
                member.count(connection, &mut progress)?;
            } else {
                member.visit(connection, rows, &mut progress)?;
            }
            if progress.is_done() {
                break;
            }
        }
        Ok(progress.visited)
    })
}

/// One member of a query.
struct Walk<'q> {
    record: &'q RecordSql,
    path: &'q PathSql,
    query: &'q Query<'q>,
    at: usize,
    after: Option<&'q Row>,
}

impl Walk<'_> {
    fn count(&self, connection: &Connection, progress: &mut Progress) -> Result<(), Error> {
        let Self { record, path, query, after, .. } = *self;
        let Some(select) = select::count(record, path, query, after, progress.wanted) else {
            return Ok(());
        };
        let mut statement = connection.prepare_cached(&select.text).map_err(error::statement)?;
        bind(&mut statement, &select.values).map_err(error::statement)?;
        let mut found = statement.raw_query();
        if let Some(row) = found.next().map_err(error::statement)?
            && let Ok(ValueRef::Integer(count)) = row.get_ref(0)
        {
            progress.pass(usize::try_from(count).unwrap_or_default());
        }
        Ok(())
    }

    fn visit(
        &self,
        connection: &Connection,
        rows: &mut dyn Rows,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let Self { record, path, query, at, after } = *self;
        // Where rows that do not pass are counted, the limit cannot be SQLite's.
        let limit = match progress.wanted {
            Some(wanted) if query.max_read.is_none() => wanted.min(progress.looks),
            _ => progress.looks,
        };
        let Some(select) = select::rows(record, path, query, after, limit) else {
            return Ok(());
        };
        let mut statement = connection.prepare_cached(&select.text).map_err(error::statement)?;
        bind(&mut statement, &select.values).map_err(error::statement)?;
        let mut found = statement.raw_query();
        while let Some(row) = found.next().map_err(error::statement)? {
            progress.looks -= 1;
            if query.max_read.is_none() || passes(row, path.width) {
                progress.pass(1);
                if !query.count_only {
                    rows.row(at, &mut Columns(row))?;
                }
            }
            if progress.wanted == Some(0) {
                break;
            }
            if progress.looks == 0 {
                let mut position = Row::with_capacity(path.position_results.len());
                for &result in &path.position_results {
                    push_column(&mut position, row, result);
                }
                progress.visited.resume = Some(Position { member: at, row: position });
                break;
            }
        }
        Ok(())
    }
}

fn passes(row: &rusqlite::Row<'_>, column: usize) -> bool {
    matches!(row.get_ref(column), Ok(ValueRef::Integer(1)))
}

fn bind(statement: &mut rusqlite::Statement<'_>, values: &[Value<'_>]) -> rusqlite::Result<()> {
    for (at, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, Bound(value))?;
    }
    Ok(())
}

/// A read scope: one connection in one read transaction, which shows one moment.
#[derive(Debug)]
pub(super) struct Scope<'b> {
    records: &'b [RecordSql],
    connection: Mutex<Pooled<'b>>,
}

impl<'b> Scope<'b> {
    /// Begins the transaction; what it will show is decided here.
    pub(super) fn begin(records: &'b [RecordSql], connection: Pooled<'b>) -> Result<Self, Error> {
        let begun = connection.get()?;
        run(begun, "BEGIN").map_err(error::statement)?;
        // SQLite takes its snapshot at the first read, not at BEGIN.
        begun
            .prepare_cached("SELECT 1 FROM sqlite_schema LIMIT 1")
            .and_then(|mut statement| statement.raw_query().next().map(drop))
            .map_err(error::statement)?;
        Ok(Self { records, connection: Mutex::new(connection) })
    }
}

impl Reader for Scope<'_> {
    fn get<'a>(
        &'a self,
        request: &'a Get<'a>,
        rows: &'a mut dyn Rows,
    ) -> Reply<'a, Result<(), Error>> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let read = connection.get();
        Reply::Ready(read.and_then(|connection| get(self.records, connection, request, rows)))
    }

    fn query<'a>(
        &'a self,
        request: &'a Query<'a>,
        rows: &'a mut dyn Rows,
    ) -> Reply<'a, Result<Visited, Error>> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let read = connection.get();
        Reply::Ready(read.and_then(|connection| query(self.records, connection, request, rows)))
    }
}
