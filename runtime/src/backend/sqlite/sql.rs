//! The SQL of one record: its static statements, and what the queries are built of.
//!
//! Everything is computed once, when the table is opened, from the schema alone; no statement ever
//! contains a value. Parameters stand in one order everywhere: columns, then the expected revision,
//! then the moment. Called by [`open`](super::open); run by [`apply`](super::apply) and
//! [`read`](super::read).

use std::fmt::Write as _;

use crate::schema::{Path, RecordSchema, SqliteIndex, SqliteTable, quote};

/// A statement and the cells that its first parameters take.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The SQL.
    pub(super) text: String,
    /// The positions, in the row it is run with, of its parameters before revision and moment.
    pub(super) cells: Vec<usize>,
    /// Whether the last parameter is the moment.
    pub(super) moment: bool,
}

/// A statement on live rows, and where records are deleted softly the one that takes the marked ones
/// for live too.
#[derive(Debug)]
pub(super) struct Seeing {
    /// The statement for which softly deleted rows do not exist.
    pub(super) live: Prepared,
    /// The one for which they do.
    pub(super) deleted: Option<Prepared>,
}

impl Seeing {
    /// The statement that sees softly deleted rows, or not.
    pub(super) fn of(&self, deleted: bool) -> &Prepared {
        self.deleted.as_ref().filter(|_| deleted).unwrap_or(&self.live)
    }
}

/// The statements of a unique index.
#[derive(Debug)]
pub(super) struct UniqueSql {
    /// The index's position among the record's.
    pub(super) at: usize,
    /// The optional columns without which a row is not in the index.
    pub(super) present: Vec<usize>,
    /// Finds another row with the same key that has not expired: a softly deleted one holds it too.
    pub(super) probe: Prepared,
    /// Deletes the expired rows with the same key, where records expire.
    pub(super) sweep: Option<Prepared>,
}

/// What a query on one path is built of.
#[derive(Debug)]
pub(super) struct PathSql {
    /// The quoted name of the index that orders the path: where it has none of its own, the primary
    /// key's.
    pub(super) index: String,
    /// The columns of the path's placeholders.
    pub(super) columns: Vec<usize>,
    /// The columns that order the path, from the tenant to the end of the primary key, each once.
    pub(super) order: Vec<usize>,
    /// The columns that must be present for a row to be on the path.
    pub(super) present: Vec<usize>,
    /// The columns of a position's values.
    pub(super) position: Vec<usize>,
    /// Where the result has each of them.
    pub(super) position_results: Vec<usize>,
    /// The quoted columns of the result: the fields, then what the position needs besides.
    pub(super) results: String,
    /// How many columns that is.
    pub(super) width: usize,
}

/// The SQL of one record.
#[derive(Debug)]
pub(super) struct RecordSql {
    /// The record.
    pub(super) schema: &'static RecordSchema,
    /// Its table.
    pub(super) table: SqliteTable,
    /// The table's quoted name.
    pub(super) name: String,
    /// The quoted names of its columns.
    pub(super) columns: Vec<String>,
    /// Reads a live row by the primary key; the cells are those of a row of the key alone.
    pub(super) get: Seeing,
    /// Inserts unless a live row, or a softly deleted one, has the key.
    pub(super) insert: Prepared,
    /// Replaces all but `created` of the live row with the key and the expected revision.
    pub(super) save: Option<Prepared>,
    /// Replaces all but `created` of the live row with the key.
    pub(super) overwrite: Prepared,
    /// Replaces the row with the key, whatever it is: what was read before decides.
    pub(super) rewrite: Prepared,
    /// Reads the row with the key of a whole row, live or not.
    pub(super) stored: Prepared,
    /// The same; the cells are those of a row of the key alone.
    pub(super) stored_by_key: Prepared,
    /// Reads `created` of the live row with the key of a whole row.
    pub(super) created: Option<Prepared>,
    /// Deletes the live row; the cells are those of a row of the key alone.
    pub(super) delete: Seeing,
    /// Deletes the live row with the expected revision; the cells are those of the key alone.
    pub(super) delete_revision: Option<Seeing>,
    /// Deletes the expired row, where records expire; the cells are those of the key alone.
    pub(super) delete_expired: Option<Prepared>,
    /// Deletes the row, live or not; the cells are those of the key alone.
    pub(super) remove: Prepared,
    /// The unique indexes, in declared order.
    pub(super) unique: Vec<UniqueSql>,
    /// The primary key's path, then the indexes'.
    paths: Vec<PathSql>,
}

impl RecordSql {
    /// The SQL of `schema`.
    pub(super) fn of(schema: &'static RecordSchema) -> Self {
        let table = SqliteTable::of(schema);
        let columns: Vec<String> = table.columns.iter().map(|column| quote(&column.name)).collect();
        let build = Build { schema, table: &table, columns: &columns, name: quote(table.name) };
        let paths = std::iter::once(Path::Primary)
            .chain((0..schema.indexes.len()).map(Path::Index))
            .map(|path| build.path(path))
            .collect();
        Self {
            get: build.seeing(|rows| build.get(rows)),
            insert: build.insert(),
            save: schema.roles.revision.map(|_| build.update(true)),
            overwrite: build.update(false),
            rewrite: build.rewrite(),
            stored: Prepared { cells: table.primary_key.clone(), ..build.get(Which::Any) },
            stored_by_key: build.get(Which::Any),
            created: schema.roles.created.map(|created| build.created(created)),
            delete: build.seeing(|rows| build.delete(false, rows)),
            delete_revision: schema
                .roles
                .revision
                .map(|_| build.seeing(|rows| build.delete(true, rows))),
            delete_expired: schema.roles.expires.map(|_| build.delete(false, Which::Expired)),
            remove: build.delete(false, Which::Any),
            unique: table
                .indexes
                .iter()
                .filter(|index| index.unique)
                .map(|index| build.unique(index))
                .collect(),
            paths,
            name: build.name,
            schema,
            columns,
            table,
        }
    }

    /// The parts of a path's queries.
    pub(super) fn path(&self, path: Path) -> Option<&PathSql> {
        self.paths.get(match path {
            Path::Primary => 0,
            Path::Index(at) => at + 1,
        })
    }
}

/// Which rows a statement is about.
#[derive(Clone, Copy, PartialEq)]
enum Which {
    /// Those that have neither expired nor been deleted softly.
    Live,
    /// Those that have not expired.
    Unexpired,
    Expired,
    Any,
}

struct Build<'a> {
    schema: &'static RecordSchema,
    table: &'a SqliteTable,
    columns: &'a [String],
    name: String,
}

impl Build<'_> {
    fn list(&self, columns: &[usize]) -> String {
        let names: Vec<&str> = columns.iter().map(|&at| &*self.columns[at]).collect();
        names.join(", ")
    }

    fn each(&self, columns: &[usize], separator: &str) -> String {
        let terms: Vec<String> =
            columns.iter().map(|&at| format!("{} = ?", self.columns[at])).collect();
        terms.join(separator)
    }

    /// ` AND …` for each role that hides rows, and nothing where the record has none.
    fn which(&self, rows: Which) -> String {
        let roles = &self.schema.roles;
        let mut text = match (roles.expires, rows) {
            (None, _) | (_, Which::Any) => String::new(),
            (Some(at), Which::Live | Which::Unexpired) => {
                let expires = &self.columns[at];
                format!(" AND ({expires} IS NULL OR {expires} > ?)")
            }
            (Some(at), Which::Expired) => format!(" AND {} <= ?", self.columns[at]),
        };
        if let (Some(at), Which::Live) = (roles.deleted, rows) {
            let _ = write!(text, " AND {} IS NULL", self.columns[at]);
        }
        text
    }

    /// Whether a statement about these rows takes the moment.
    fn moment(&self, rows: Which) -> bool {
        rows != Which::Any && self.expires()
    }

    fn expires(&self) -> bool {
        self.schema.roles.expires.is_some()
    }

    fn seeing(&self, build: impl Fn(Which) -> Prepared) -> Seeing {
        let deleted = self.schema.roles.deleted.map(|_| build(Which::Unexpired));
        Seeing { live: build(Which::Live), deleted }
    }

    fn fields(&self) -> Vec<usize> {
        (0..self.schema.fields.len()).collect()
    }

    fn key_cells(&self) -> Vec<usize> {
        (0..self.table.primary_key.len()).collect()
    }

    fn others(&self) -> Vec<usize> {
        (0..self.columns.len()).filter(|at| !self.table.primary_key.contains(at)).collect()
    }

    fn get(&self, rows: Which) -> Prepared {
        let text = format!(
            "SELECT {} FROM {} WHERE {}{}",
            self.list(&self.fields()),
            self.name,
            self.each(&self.table.primary_key, " AND "),
            self.which(rows),
        );
        Prepared { text, cells: self.key_cells(), moment: self.moment(rows) }
    }

    fn insert(&self) -> Prepared {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        let key = self.list(&self.table.primary_key);
        let mut text = format!(
            "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({key}) DO ",
            self.name,
            self.list(&all),
            vec!["?"; all.len()].join(", "),
        );
        match self.schema.roles.expires {
            None => text.push_str("NOTHING"),
            // An expired row is none, so every column is taken from the new one, `created` too.
            Some(expires) => {
                let sets: Vec<String> = self
                    .others()
                    .into_iter()
                    .map(|at| format!("{0} = excluded.{0}", self.columns[at]))
                    .collect();
                text.push_str("UPDATE SET ");
                text.push_str(&sets.join(", "));
                let _ = write!(text, " WHERE {}.{} <= ?", self.name, self.columns[expires]);
            }
        }
        Prepared { text, cells: all, moment: self.expires() }
    }

    fn update(&self, revision: bool) -> Prepared {
        let mut sets = self.others();
        sets.retain(|&at| self.schema.roles.created != Some(at));
        self.set(sets, revision, Which::Live)
    }

    fn rewrite(&self) -> Prepared {
        self.set(self.others(), false, Which::Any)
    }

    fn set(&self, mut sets: Vec<usize>, revision: bool, rows: Which) -> Prepared {
        if sets.is_empty() {
            // A record of key fields alone has nothing to change, but its row must count as changed.
            sets.extend(self.table.primary_key.first());
        }
        let text = format!(
            "UPDATE {} SET {} WHERE {}{}{}",
            self.name,
            self.each(&sets, ", "),
            self.each(&self.table.primary_key, " AND "),
            self.revision(revision),
            self.which(rows),
        );
        sets.extend(&self.table.primary_key);
        Prepared { text, cells: sets, moment: self.moment(rows) }
    }

    fn revision(&self, wanted: bool) -> String {
        match self.schema.roles.revision {
            Some(at) if wanted => format!(" AND {} = ?", self.columns[at]),
            _ => String::new(),
        }
    }

    fn created(&self, created: usize) -> Prepared {
        let text = format!(
            "SELECT {} FROM {} WHERE {}",
            self.columns[created],
            self.name,
            self.each(&self.table.primary_key, " AND "),
        );
        Prepared { text, cells: self.table.primary_key.clone(), moment: false }
    }

    fn delete(&self, revision: bool, rows: Which) -> Prepared {
        let text = format!(
            "DELETE FROM {} WHERE {}{}{}",
            self.name,
            self.each(&self.table.primary_key, " AND "),
            self.revision(revision),
            self.which(rows),
        );
        Prepared { text, cells: self.key_cells(), moment: self.moment(rows) }
    }

    fn unique(&self, index: &SqliteIndex) -> UniqueSql {
        let mut same = self.each(&index.columns, " AND ");
        // Said in words, because an equal `__norm` column does not tell SQLite that the row is in
        // the partial index.
        for &at in &index.present {
            let _ = write!(same, " AND {} IS NOT NULL", self.columns[at]);
        }
        let probe = format!(
            "SELECT 1 FROM {} WHERE {same} AND NOT ({}){} LIMIT 1",
            self.name,
            self.each(&self.table.primary_key, " AND "),
            self.which(Which::Unexpired),
        );
        let mut cells = index.columns.clone();
        cells.extend(&self.table.primary_key);
        let sweep = self.expires().then(|| Prepared {
            text: format!("DELETE FROM {} WHERE {same}{}", self.name, self.which(Which::Expired)),
            cells: index.columns.clone(),
            moment: true,
        });
        UniqueSql {
            at: index.at,
            present: index.present.clone(),
            probe: Prepared { text: probe, cells, moment: self.expires() },
            sweep,
        }
    }

    fn path(&self, path: Path) -> PathSql {
        let index = match path {
            Path::Primary => None,
            Path::Index(at) => self.table.indexes.iter().find(|index| index.at == at),
        };
        let columns = self.table.placeholder_columns(self.schema, path);
        let mut position = columns.clone();
        if path != Path::Primary {
            position.extend(self.table.placeholder_columns(self.schema, Path::Primary));
        }
        let mut order: Vec<usize> = Vec::new();
        let tenant = self.schema.roles.tenant;
        for at in tenant.into_iter().chain(position.iter().copied()) {
            if !order.contains(&at) {
                order.push(at);
            }
        }
        let mut results = self.fields();
        let position_results = position
            .iter()
            .map(|at| {
                results.iter().position(|result| result == at).unwrap_or_else(|| {
                    results.push(*at);
                    results.len() - 1
                })
            })
            .collect();
        PathSql {
            index: match index {
                Some(index) => quote(&index.name),
                None => quote(&key_index(self.table.name)),
            },
            present: index.map(|index| index.present.clone()).unwrap_or_default(),
            results: self.list(&results),
            width: results.len(),
            columns,
            order,
            position,
            position_results,
        }
    }
}

/// The name that SQLite gives a table's first index, which in our tables is the primary key's.
pub(super) fn key_index(table: &str) -> String {
    format!("sqlite_autoindex_{table}_1")
}
