//! Fills a key column that was added to a table with rows.
//!
//! The text comes from the function that writes use, and the rows are taken a thousand at a time, so
//! memory does not grow with the table. Called by [`plan`](super::plan), inside its transaction.

use std::fmt::Write as _;

use rusqlite::Connection;

use super::bind::{Bound, push_column};
use super::open::Stop;
use super::plan::refuse;
use super::sql::RecordSql;
use crate::key::settle;
use crate::schema::ColumnSource;
use crate::value::{Row, Value};

/// How many rows are held at once.
const STEP: i64 = 1_000;

/// Fills the column at `column`.
pub(super) fn fill(connection: &Connection, record: &RecordSql, column: usize) -> Result<(), Stop> {
    let Some(ColumnSource::Key { path, placeholder }) =
        record.table.columns.get(column).map(|column| &column.source)
    else {
        return Ok(());
    };
    let statements = Statements::of(record, column, placeholder.field);
    let mut after: Option<Row> = None;
    loop {
        let rows = statements.read(connection, after.as_ref()).map_err(Stop::of)?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = Some(last.clone());
        for mut row in rows {
            // The field's value is the last cell, and becomes the key's text in place.
            settle(record.schema, *path, placeholder, &mut row).map_err(|invalid| {
                let why = format!("a row cannot be in the index: {invalid}");
                refuse(record.table.name, &record.table.columns[column].name, &why)
            })?;
            statements.write(connection, &row).map_err(Stop::of)?;
        }
    }
}

struct Statements {
    first: String,
    next: String,
    update: String,
    keys: usize,
}

impl Statements {
    fn of(record: &RecordSql, column: usize, field: usize) -> Self {
        let names: Vec<&str> =
            record.table.primary_key.iter().map(|&at| &*record.columns[at]).collect();
        let (table, field, keys) = (&record.name, &record.columns[field], names.join(", "));
        let read = format!("SELECT {keys}, {field} FROM {table} WHERE {field} IS NOT NULL");
        let end = format!(" ORDER BY {keys} LIMIT {STEP}");
        let places = vec!["?"; names.len()].join(", ");
        let mut update =
            format!("UPDATE {table} SET {} = ?{}", record.columns[column], names.len() + 1);
        for (at, name) in names.iter().enumerate() {
            let word = if at == 0 { "WHERE" } else { "AND" };
            let _ = write!(update, " {word} {name} = ?{}", at + 1);
        }
        Self {
            first: format!("{read}{end}"),
            next: format!("{read} AND ({keys}) > ({places}){end}"),
            update,
            keys: names.len(),
        }
    }

    /// The next rows, each the primary key's values and then the field's.
    fn read(&self, connection: &Connection, after: Option<&Row>) -> rusqlite::Result<Vec<Row>> {
        let text = if after.is_some() { &self.next } else { &self.first };
        let mut statement = connection.prepare_cached(text)?;
        if let Some(after) = after {
            for at in 0..self.keys {
                statement.raw_bind_parameter(at + 1, Bound(&after.get(at)))?;
            }
        }
        let mut found = statement.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let mut cells = Row::with_capacity(self.keys + 1);
            for at in 0..=self.keys {
                push_column(&mut cells, row, at);
            }
            rows.push(cells);
        }
        Ok(rows)
    }

    fn write(&self, connection: &Connection, row: &Row) -> rusqlite::Result<()> {
        if row.get(self.keys) == Value::Null {
            return Ok(());
        }
        let mut statement = connection.prepare_cached(&self.update)?;
        for at in 0..=self.keys {
            statement.raw_bind_parameter(at + 1, Bound(&row.get(at)))?;
        }
        statement.raw_execute().map(drop)
    }
}
