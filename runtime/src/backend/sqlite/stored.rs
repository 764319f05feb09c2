//! What the file holds: tables, columns and indexes as SQLite's pragmas tell them.
//!
//! Read by [`plan`](super::plan), inside its transaction.

use rusqlite::Connection;

/// A table of the file, or what stands in its place.
#[derive(Debug)]
pub(super) struct StoredTable {
    /// `table`, `view`, `virtual` or `shadow`.
    pub(super) kind: String,
    /// Whether it is `STRICT`.
    pub(super) strict: bool,
    /// Whether it is `WITHOUT ROWID`.
    pub(super) without_rowid: bool,
    /// Its columns.
    pub(super) columns: Vec<StoredColumn>,
    /// Its indexes, but not the primary key's own.
    pub(super) indexes: Vec<StoredIndex>,
    /// The primary key's own index, if it has one.
    pub(super) key: Option<StoredIndex>,
}

/// A column of the file.
#[derive(Debug)]
pub(super) struct StoredColumn {
    /// Its name.
    pub(super) name: String,
    /// Its declared type.
    pub(super) kind: String,
    /// Whether it is `NOT NULL`.
    pub(super) not_null: bool,
    /// Whether it has a default.
    pub(super) default: bool,
    /// Its place in the primary key, from 1; zero outside of it.
    pub(super) key: u32,
    /// Whether it is computed.
    pub(super) generated: bool,
}

/// An index of the file.
#[derive(Debug)]
pub(super) struct StoredIndex {
    /// Its name.
    pub(super) name: String,
    /// Whether it is unique.
    pub(super) unique: bool,
    /// Its columns; an expression has no name.
    pub(super) columns: Vec<Option<String>>,
    /// Whether every column ascends and compares byte by byte.
    pub(super) plain: bool,
    /// What stands behind `WHERE`, with single spaces.
    pub(super) condition: Option<String>,
}

impl StoredTable {
    /// The table of this name; SQLite does not tell upper from lower case in names.
    pub(super) fn read(connection: &Connection, name: &str) -> rusqlite::Result<Option<Self>> {
        let mut found = connection.prepare(
            "SELECT type, strict, wr FROM pragma_table_list WHERE schema = 'main' \
             AND name = ?1 COLLATE NOCASE",
        )?;
        let mut rows = found.query([name])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        Ok(Some(Self {
            kind: row.get(0)?,
            strict: row.get(1)?,
            without_rowid: row.get(2)?,
            columns: columns(connection, name)?,
            indexes: indexes(connection, name, "origin <> 'pk'")?,
            key: indexes(connection, name, "origin = 'pk'")?.pop(),
        }))
    }

    /// The column of this name.
    pub(super) fn column(&self, name: &str) -> Option<&StoredColumn> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The primary key's columns in order.
    pub(super) fn primary_key(&self) -> Vec<&str> {
        let mut key: Vec<&StoredColumn> =
            self.columns.iter().filter(|column| column.key > 0).collect();
        key.sort_by_key(|column| column.key);
        key.into_iter().map(|column| &*column.name).collect()
    }
}

/// The kind and table of whatever has this name, where it is no index of `table`.
pub(super) fn taken(
    connection: &Connection,
    name: &str,
    table: &str,
) -> rusqlite::Result<Option<(String, String)>> {
    let mut found = connection.prepare(
        "SELECT type, tbl_name FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE \
         AND NOT (type = 'index' AND tbl_name = ?2 COLLATE NOCASE)",
    )?;
    let mut rows = found.query([name, table])?;
    rows.next()?.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<StoredColumn>> {
    let mut found = connection.prepare(
        "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk, hidden IN (2, 3) \
         FROM pragma_table_xinfo(?1) ORDER BY cid",
    )?;
    found
        .query_map([table], |row| {
            Ok(StoredColumn {
                name: row.get(0)?,
                kind: row.get(1)?,
                not_null: row.get(2)?,
                default: row.get(3)?,
                key: row.get(4)?,
                generated: row.get(5)?,
            })
        })?
        .collect()
}

fn indexes(
    connection: &Connection,
    table: &str,
    which: &str,
) -> rusqlite::Result<Vec<StoredIndex>> {
    let mut found = connection.prepare(&format!(
        "SELECT l.name, l.\"unique\", s.sql FROM pragma_index_list(?1) AS l \
         LEFT JOIN sqlite_schema AS s ON s.type = 'index' AND s.name = l.name \
         WHERE {which} ORDER BY l.name"
    ))?;
    found
        .query_map([table], |row| {
            let name: String = row.get(0)?;
            let (columns, plain) = index_columns(connection, &name)?;
            let sql: Option<String> = row.get(2)?;
            let condition = sql.as_deref().and_then(condition);
            Ok(StoredIndex { unique: row.get(1)?, condition, columns, plain, name })
        })?
        .collect()
}

fn index_columns(
    connection: &Connection,
    index: &str,
) -> rusqlite::Result<(Vec<Option<String>>, bool)> {
    let mut found = connection.prepare(
        "SELECT name, desc = 0 AND coll = 'BINARY' FROM pragma_index_xinfo(?1) \
         WHERE key = 1 ORDER BY seqno",
    )?;
    let mut columns = Vec::new();
    let mut plain = true;
    let mut rows = found.query([index])?;
    while let Some(row) = rows.next()? {
        columns.push(row.get(0)?);
        plain &= row.get::<_, bool>(1)?;
    }
    Ok((columns, plain))
}

/// What stands behind the `WHERE` of a `CREATE INDEX`, with single spaces and without the semicolon.
pub(super) fn condition(sql: &str) -> Option<String> {
    let spaced = sql.trim().trim_end_matches(';').split_whitespace().collect::<Vec<_>>().join(" ");
    let at = spaced.to_ascii_uppercase().find(" WHERE ")?;
    spaced.get(at + " WHERE ".len()..).map(str::to_owned)
}
