//! The SQLite form of a record: its columns, keys and indexes, and the DDL that creates them.

use std::fmt::Write as _;

use super::{KeyForm, Path, Placeholder, RecordSchema, Storage};

/// The table of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteTable {
    /// Its name, the record's.
    pub name: &'static str,
    /// Its columns: the fields in their order, then the key columns.
    pub columns: Vec<SqliteColumn>,
    /// The primary key's columns by position, the tenant first.
    pub primary_key: Vec<usize>,
    /// The declared indexes that have columns of their own.
    pub indexes: Vec<SqliteIndex>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteColumn {
    /// Its name.
    pub name: String,
    /// Its STRICT type.
    pub kind: &'static str,
    /// Whether it is `NOT NULL`.
    pub not_null: bool,
    /// Where its value comes from.
    pub source: ColumnSource,
}

/// What fills a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnSource {
    /// The field at this position.
    Field(usize),
    /// The key text of the field at `field`, in the form that `path` gives its placeholder.
    Key {
        /// The path.
        path: Path,
        /// The placeholder of the path's templates.
        placeholder: Placeholder,
    },
    /// The constant 0: the key of a record of which there is only one.
    Only,
}

/// One index.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteIndex {
    /// The position among the record's indexes.
    pub at: usize,
    /// Its name: `Record.index`.
    pub name: String,
    /// Whether it is unique.
    pub unique: bool,
    /// Its columns by position, the tenant first.
    pub columns: Vec<usize>,
    /// The optional fields' columns; a row where one of them is NULL is not in the index.
    pub present: Vec<usize>,
}

impl SqliteTable {
    /// The table of `record`.
    pub fn of(record: &'static RecordSchema) -> Self {
        let mut columns: Vec<SqliteColumn> = record
            .fields
            .iter()
            .enumerate()
            .map(|(at, field)| SqliteColumn {
                name: field.stored.to_owned(),
                kind: match field.storage {
                    Storage::Bool | Storage::Int | Storage::Timestamp => "INTEGER",
                    Storage::Real => "REAL",
                    Storage::Text | Storage::Set(_) | Storage::Document => "TEXT",
                    Storage::Bytes => "BLOB",
                },
                not_null: !field.nullable(),
                source: ColumnSource::Field(at),
            })
            .collect();
        let mut primary_key = key_columns(record, Path::Primary, &mut columns);
        if primary_key.is_empty() {
            columns.push(SqliteColumn {
                name: "_only".to_owned(),
                kind: "INTEGER",
                not_null: true,
                source: ColumnSource::Only,
            });
            primary_key.push(columns.len() - 1);
        }
        let indexes = (0..record.indexes.len())
            .filter_map(|at| {
                let index = &record.indexes[at];
                let own = key_columns(record, Path::Index(at), &mut columns);
                let present = record
                    .placeholders(Path::Index(at))
                    .map(|placeholder| placeholder.field)
                    .filter(|&field| record.fields[field].nullable())
                    .collect();
                // Without a column of its own an index is the table in primary-key order.
                (!own.is_empty()).then(|| SqliteIndex {
                    at,
                    name: format!("{}.{}", record.name, index.name),
                    unique: index.unique,
                    columns: own,
                    present,
                })
            })
            .collect();
        Self { name: record.name, columns, primary_key, indexes }
    }

    /// The statements that create the table and its indexes, in order, each ending in `;`.
    pub fn ddl(&self) -> String {
        let mut ddl = self.create_table();
        for index in &self.indexes {
            ddl.push_str(&self.create_index(index));
        }
        ddl
    }

    /// The statement that creates the table alone.
    pub fn create_table(&self) -> String {
        let mut ddl = format!("CREATE TABLE {} (\n", quote(self.name));
        for column in &self.columns {
            let _ = writeln!(ddl, "  {},", column.definition());
        }
        let key = self.names(&self.primary_key);
        let _ = writeln!(ddl, "  PRIMARY KEY ({key})\n) STRICT, WITHOUT ROWID;");
        ddl
    }

    /// The statement that creates one of its indexes.
    pub fn create_index(&self, index: &SqliteIndex) -> String {
        let unique = if index.unique { "UNIQUE " } else { "" };
        let mut ddl = format!(
            "CREATE {unique}INDEX {} ON {} ({})",
            quote(&index.name),
            quote(self.name),
            self.names(&index.columns)
        );
        for (at, &column) in index.present.iter().enumerate() {
            let word = if at == 0 { "WHERE" } else { "AND" };
            let _ = write!(ddl, " {word} {} IS NOT NULL", quote(&self.columns[column].name));
        }
        ddl.push_str(";\n");
        ddl
    }

    fn names(&self, columns: &[usize]) -> String {
        let names: Vec<String> =
            columns.iter().map(|&column| quote(&self.columns[column].name)).collect();
        names.join(", ")
    }

    /// The columns of a path's placeholders in order, without the tenant.
    pub fn placeholder_columns(&self, record: &'static RecordSchema, path: Path) -> Vec<usize> {
        record
            .placeholders(path)
            .filter_map(|placeholder| {
                let name = column_name(record, path, placeholder);
                self.columns.iter().position(|column| column.name == name)
            })
            .collect()
    }
}

impl SqliteColumn {
    /// The column as `CREATE TABLE` and `ALTER TABLE … ADD COLUMN` spell it.
    pub fn definition(&self) -> String {
        let not_null = if self.not_null { " NOT NULL" } else { "" };
        let only = if self.source == ColumnSource::Only { " DEFAULT 0" } else { "" };
        format!("{} {}{not_null}{only}", quote(&self.name), self.kind)
    }
}

/// Adds the columns that a path's placeholders need and returns all of the path's columns.
fn key_columns(
    record: &'static RecordSchema,
    path: Path,
    columns: &mut Vec<SqliteColumn>,
) -> Vec<usize> {
    let mut key: Vec<usize> = record.roles.tenant.into_iter().collect();
    for placeholder in record.placeholders(path) {
        let name = column_name(record, path, placeholder);
        let at = columns.iter().position(|column| column.name == name).unwrap_or_else(|| {
            columns.push(SqliteColumn {
                name,
                kind: "TEXT",
                not_null: path == Path::Primary,
                source: ColumnSource::Key { path, placeholder: *placeholder },
            });
            columns.len() - 1
        });
        key.push(at);
    }
    key
}

fn column_name(record: &RecordSchema, path: Path, placeholder: &Placeholder) -> String {
    let stored = record.fields[placeholder.field].stored;
    match record.form(path, placeholder) {
        KeyForm::Field => stored.to_owned(),
        KeyForm::Text => format!("{stored}__key"),
        KeyForm::Norm => format!("{stored}__norm"),
    }
}

/// A name as SQL spells it.
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
