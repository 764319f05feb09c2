//! What opening a table adds to the file, and what it refuses.
//!
//! Tables, nullable columns and indexes are added; nothing is ever dropped or rewritten. What does
//! not fit is refused with every difference at once, and the file stays as it was. Called by
//! [`open`](super::open).

use rusqlite::{Connection, ErrorCode};

use super::backfill;
use super::open::Stop;
use super::sql::{RecordSql, key_index};
use super::stored::{StoredColumn, StoredIndex, StoredTable, condition, taken};
use crate::error::{Error, ErrorKind};
use crate::schema::{ColumnSource, SqliteColumn, SqliteIndex, SqliteTable, quote};

/// The steps and differences of a whole file.
#[derive(Debug, Default)]
pub(super) struct Plan {
    steps: Vec<Step>,
    differences: Vec<String>,
}

#[derive(Debug)]
enum Step {
    /// A statement that adds.
    Add(String),
    /// Fills a key column that was just added to a table with rows.
    Backfill { record: usize, column: usize },
    /// A statement that adds a unique index, which the rows may already violate.
    AddUnique { table: &'static str, index: String, sql: String },
}

impl Plan {
    /// Refuses a file that does not fit; it is only read.
    pub(super) fn check(connection: &Connection, records: &[RecordSql]) -> Result<(), Stop> {
        Self::make(connection, records).map_err(Stop::of)?.steps().map(drop)
    }

    /// Brings the records' tables into the file, in one transaction.
    ///
    /// Where nothing is missing the file is only read, so that opening does not wait for a writer.
    pub(super) fn carry_out(connection: &Connection, records: &[RecordSql]) -> Result<(), Stop> {
        if Self::make(connection, records).map_err(Stop::of)?.steps()?.is_empty() {
            return Ok(());
        }
        connection.execute_batch("BEGIN IMMEDIATE").map_err(Stop::of)?;
        let outcome = Self::carry_out_inside(connection, records);
        let ended = match &outcome {
            Ok(()) => connection.execute_batch("COMMIT"),
            Err(_) => connection.execute_batch("ROLLBACK"),
        };
        if !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        outcome.and_then(|()| ended.map_err(Stop::of))
    }

    fn carry_out_inside(connection: &Connection, records: &[RecordSql]) -> Result<(), Stop> {
        // Another process may have added something since.
        let plan = Self::make(connection, records).map_err(Stop::of)?;
        for step in plan.steps()? {
            match step {
                Step::Add(sql) => connection.execute_batch(sql).map_err(Stop::of)?,
                Step::Backfill { record, column } => {
                    if let Some(record) = records.get(*record) {
                        backfill::fill(connection, record, *column)?;
                    }
                }
                Step::AddUnique { table, index, sql } => {
                    connection.execute_batch(sql).map_err(|error| {
                        if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
                            return Stop::Refused(mismatch(&format!(
                                "table \"{table}\": records share a key of the new unique index \
                                 {index}"
                            )));
                        }
                        Stop::of(error)
                    })?;
                }
            }
        }
        Ok(())
    }

    fn steps(&self) -> Result<&[Step], Stop> {
        if self.differences.is_empty() {
            return Ok(&self.steps);
        }
        Err(Stop::Refused(mismatch(&self.differences.join("; "))))
    }

    /// Compares the file with what the records need.
    pub(super) fn make(connection: &Connection, records: &[RecordSql]) -> rusqlite::Result<Self> {
        let mut plan = Self::default();
        for (at, record) in records.iter().enumerate() {
            let table = &record.table;
            if plan.names_meet(&records[..at], table) {
                continue;
            }
            match StoredTable::read(connection, table.name)? {
                None => plan.create(connection, table)?,
                Some(stored) => {
                    Compare { plan: &mut plan, connection, at, table, stored: &stored }.table()?;
                }
            }
        }
        Ok(plan)
    }

    /// Whether SQLite, which does not tell upper from lower case, takes two names for one.
    fn names_meet(&mut self, earlier: &[RecordSql], table: &SqliteTable) -> bool {
        let before = self.differences.len();
        for other in earlier {
            if other.table.name.eq_ignore_ascii_case(table.name) {
                self.differences.push(format!(
                    "table \"{}\": is the same to SQLite as \"{}\" of the schema",
                    table.name, other.table.name
                ));
            }
        }
        for (at, column) in table.columns.iter().enumerate() {
            for other in &table.columns[..at] {
                if other.name.eq_ignore_ascii_case(&column.name) {
                    self.differences.push(format!(
                        "table \"{}\": column {} is the same to SQLite as {} of the schema",
                        table.name,
                        quote(&column.name),
                        quote(&other.name)
                    ));
                }
            }
        }
        self.differences.len() > before
    }

    fn create(&mut self, connection: &Connection, table: &SqliteTable) -> rusqlite::Result<()> {
        self.steps.push(Step::Add(table.create_table()));
        for index in &table.indexes {
            self.create_index(connection, table, index)?;
        }
        Ok(())
    }

    fn create_index(
        &mut self,
        connection: &Connection,
        table: &SqliteTable,
        index: &SqliteIndex,
    ) -> rusqlite::Result<()> {
        if let Some((kind, owner)) = taken(connection, &index.name, table.name)? {
            self.differences.push(format!(
                "table \"{}\": the name of index {} is taken by the {kind} {} of the file",
                table.name,
                quote(&index.name),
                if kind == "index" { format!("on {}", quote(&owner)) } else { quote(&owner) },
            ));
            return Ok(());
        }
        let sql = table.create_index(index);
        self.steps.push(if index.unique {
            Step::AddUnique { table: table.name, index: quote(&index.name), sql }
        } else {
            Step::Add(sql)
        });
        Ok(())
    }
}

fn mismatch(differences: &str) -> Error {
    Error::new(ErrorKind::SchemaMismatch, differences.to_owned())
}

/// The comparison of one table.
struct Compare<'a> {
    plan: &'a mut Plan,
    connection: &'a Connection,
    /// The record's position.
    at: usize,
    table: &'a SqliteTable,
    stored: &'a StoredTable,
}

impl Compare<'_> {
    fn differ(&mut self, difference: &str) {
        self.plan.differences.push(format!("table \"{}\": {difference}", self.table.name));
    }

    fn table(mut self) -> rusqlite::Result<()> {
        if self.stored.kind != "table" {
            let table = if self.stored.kind == "view" { "" } else { " table" };
            self.differ(&format!("is a {}{table} in the file", self.stored.kind));
            return Ok(());
        }
        for (held, words) in
            [(self.stored.strict, "STRICT"), (self.stored.without_rowid, "WITHOUT ROWID")]
        {
            if !held {
                self.differ(&format!("is not {words} in the file"));
            }
        }
        self.primary_key();
        for (at, column) in self.table.columns.iter().enumerate() {
            match self.stored.column(&column.name) {
                Some(stored) => self.column(at, column, stored),
                None => self.missing_column(at, column),
            }
        }
        for stored in &self.stored.columns {
            let known = |column: &SqliteColumn| column.name.eq_ignore_ascii_case(&stored.name);
            let fills_itself = !stored.not_null || stored.default || stored.generated;
            if !fills_itself && !self.table.columns.iter().any(known) {
                self.differ(&format!(
                    "column {} is NOT NULL without a default in the file and unknown to the schema",
                    quote(&stored.name)
                ));
            }
        }
        for index in &self.table.indexes {
            self.index(index)?;
        }
        Ok(())
    }

    fn primary_key(&mut self) {
        let stored = self.stored.primary_key();
        let expected: Vec<&str> =
            self.table.primary_key.iter().map(|&at| &*self.table.columns[at].name).collect();
        let same = stored.len() == expected.len()
            && stored.iter().zip(&expected).all(|(a, b)| a.eq_ignore_ascii_case(b));
        if !same {
            self.differ(&format!(
                "the primary key is ({}) in the file and ({}) in the schema",
                list(stored.into_iter()),
                list(expected.into_iter())
            ));
            return;
        }
        let Some(key) = &self.stored.key else {
            return;
        };
        if !key.plain {
            self.differ("the primary key of the file has a collation or a descending column");
        }
        if !key.name.eq_ignore_ascii_case(&key_index(self.table.name)) {
            // Queries name the index, and SQLite numbers it by its place among the constraints.
            self.differ("a unique constraint stands before the primary key in the file");
        }
    }

    fn column(&mut self, at: usize, column: &SqliteColumn, stored: &StoredColumn) {
        let name = quote(&column.name);
        if !stored.kind.eq_ignore_ascii_case(column.kind) {
            self.differ(&format!(
                "column {name} is {} in the file and {} in the schema",
                stored.kind, column.kind
            ));
        }
        if stored.generated {
            self.differ(&format!("column {name} is computed in the file"));
        }
        if self.table.primary_key.contains(&at) {
            return;
        }
        match (stored.not_null, column.not_null) {
            (true, false) => self.differ(&format!(
                "column {name} is NOT NULL in the file and may be absent in the schema"
            )),
            (false, true) => self.differ(&format!(
                "column {name} may be NULL in the file and is required in the schema; make the \
                 field an `Option` or give it `#[record(default)]`"
            )),
            _ => {}
        }
    }

    fn missing_column(&mut self, at: usize, column: &SqliteColumn) {
        let name = quote(&column.name);
        if self.table.primary_key.contains(&at) {
            // Said already: the primary key differs.
            return;
        }
        if column.not_null {
            self.differ(&format!(
                "column {name} is missing in the file and required in the schema; make the new \
                 field an `Option` or give it `#[record(default)]`"
            ));
            return;
        }
        let table = quote(self.table.name);
        self.plan
            .steps
            .push(Step::Add(format!("ALTER TABLE {table} ADD COLUMN {}", column.definition())));
        if matches!(column.source, ColumnSource::Key { .. }) {
            self.plan.steps.push(Step::Backfill { record: self.at, column: at });
        }
    }

    fn index(&mut self, index: &SqliteIndex) -> rusqlite::Result<()> {
        let found =
            self.stored.indexes.iter().find(|stored| stored.name.eq_ignore_ascii_case(&index.name));
        let Some(stored) = found else {
            return self.plan.create_index(self.connection, self.table, index);
        };
        let name = quote(&index.name);
        if stored.unique != index.unique {
            let words = |unique| if unique { "unique" } else { "not unique" };
            self.differ(&format!(
                "index {name} is {} in the file and {} in the schema",
                words(stored.unique),
                words(index.unique)
            ));
        }
        let expected: Vec<&str> =
            index.columns.iter().map(|&at| &*self.table.columns[at].name).collect();
        if !has_columns(stored, &expected) {
            let columns = stored.columns.iter().map(|column| column.as_deref().unwrap_or("?"));
            self.differ(&format!(
                "index {name} is on ({}) in the file and on ({}) in the schema",
                list(columns),
                list(expected.into_iter())
            ));
        } else if !stored.plain {
            self.differ(&format!("index {name} of the file has a collation or descends"));
        }
        let wanted = condition(&self.table.create_index(index));
        if stored.condition != wanted {
            let words = |condition: Option<&str>| match condition {
                Some(condition) => format!("holds only rows with {condition}"),
                None => "holds every row".to_owned(),
            };
            self.differ(&format!(
                "index {name} {} in the file and {} in the schema",
                words(stored.condition.as_deref()),
                words(wanted.as_deref())
            ));
        }
        Ok(())
    }
}

fn has_columns(stored: &StoredIndex, expected: &[&str]) -> bool {
    stored.columns.len() == expected.len()
        && stored.columns.iter().zip(expected).all(|(stored, expected)| {
            stored.as_deref().is_some_and(|stored| stored.eq_ignore_ascii_case(expected))
        })
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(quote).collect::<Vec<_>>().join(", ")
}

/// A difference found while a key column is filled.
pub(super) fn refuse(table: &str, column: &str, why: &str) -> Stop {
    Stop::Refused(mismatch(&format!("table \"{table}\": column {}: {why}", quote(column))))
}
