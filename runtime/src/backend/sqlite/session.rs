//! [`Session`]: the writer's connection while it applies a group, and how a write's values are bound.
//!
//! Used by all that writes rows.

use rusqlite::{CachedStatement, Connection, Statement};

use super::bind::{Bound, push_column};
use super::change::Cells;
use super::sql::{Prepared, RecordSql};
use crate::value::Row;

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
    pub(super) fn execute(
        &mut self,
        prepared: &'c Prepared,
        cells: Cells<'_>,
        revision: Option<i64>,
    ) -> rusqlite::Result<usize> {
        let statement = self.statement(prepared)?;
        bind(statement, prepared, cells, revision)?;
        statement.raw_execute()
    }

    /// Runs a statement that reads and hands its first row to `take`.
    pub(super) fn first<T>(
        &self,
        prepared: &Prepared,
        cells: Cells<'_>,
        take: impl FnOnce(&rusqlite::Row<'_>) -> T,
    ) -> rusqlite::Result<Option<T>> {
        let mut statement = self.connection.prepare_cached(&prepared.text)?;
        bind(&mut statement, prepared, cells, None)?;
        let mut found = statement.raw_query();
        Ok(found.next()?.map(take))
    }

    /// The fields of the row that a statement of the record finds.
    pub(super) fn fields(
        &self,
        record: &RecordSql,
        prepared: &Prepared,
        cells: Cells<'_>,
    ) -> rusqlite::Result<Option<Row>> {
        let fields = record.schema.fields.len();
        self.first(prepared, cells, |found| {
            let mut row = Row::with_capacity(fields);
            for at in 0..fields {
                push_column(&mut row, found, at);
            }
            row
        })
    }
}

fn bind(
    statement: &mut Statement<'_>,
    prepared: &Prepared,
    cells: Cells<'_>,
    revision: Option<i64>,
) -> rusqlite::Result<()> {
    let mut parameter = 0;
    for &cell in &prepared.cells {
        parameter += 1;
        statement.raw_bind_parameter(parameter, Bound(&cells.get(cell)))?;
    }
    if let Some(revision) = revision {
        parameter += 1;
        statement.raw_bind_parameter(parameter, revision)?;
    }
    if prepared.moment {
        statement.raw_bind_parameter(parameter + 1, cells.now.as_micros())?;
    }
    Ok(())
}
