//! What opening a file adds, what it refuses, and that a refusal changes nothing.

use std::path::{Path as FilePath, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::fixture::{Ask, Tension, key, open, put, refused, row, tenant, words};
use super::schemas::{
    NO_ROLES, NOTE, TABLE, TENSION, field, index, key_field, layout, norm, optional, slot, text,
    unique,
};
use crate::backend::sqlite::Sqlite;
use crate::error::{Error, ErrorKind};
use crate::key::TenantKey;
use crate::request::{Expect, Outcome};
use crate::schema::{Path, RecordSchema, Storage, TableSchema};
use crate::value::{Row, Value};

const ONE: TableSchema = TableSchema { name: "one", records: &[&TENSION] };
/// [`TENSION`] before it had indexes.
const EARLY: TableSchema =
    TableSchema { name: "one", records: &[&RecordSchema { indexes: &[], ..TENSION }] };

struct File {
    _directory: tempfile::TempDir,
    path: PathBuf,
}

impl File {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.db");
        Self { _directory: directory, path }
    }

    fn with(sql: &str) -> Self {
        let file = Self::new();
        file.raw().execute_batch(sql).unwrap();
        file
    }

    fn raw(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    fn schema(&self) -> String {
        let raw = self.raw();
        let mut found =
            raw.prepare("SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name").unwrap();
        let all: Result<Vec<String>, _> = found.query_map([], |row| row.get(0)).unwrap().collect();
        all.unwrap().join("\n")
    }

    /// The message with which a table is refused; the file stays as it was.
    fn refuses(&self, table: &'static TableSchema) -> String {
        let before = self.schema();
        let error = refused(Sqlite::at(&self.path), table);
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
        assert_eq!(self.schema(), before);
        error.to_string()
    }
}

#[test]
fn a_new_file_gets_the_ddl_and_opens_again() {
    let file = File::new();
    drop(open(Sqlite::at(&file.path), &TABLE).unwrap());
    let made: String = file.schema();
    for record in TABLE.records {
        assert!(made.contains(&format!("CREATE TABLE \"{}\"", record.name)), "{made}");
    }
    drop(open(Sqlite::at(&file.path), &TABLE).unwrap());
    assert_eq!(file.schema(), made);
    let journal: String =
        file.raw().query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(journal, "wal");
}

#[test]
fn two_openers_of_a_new_file_both_succeed() {
    for _ in 0..10 {
        let file = File::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| drop(open(Sqlite::at(&file.path), &TABLE).unwrap()));
            }
        });
    }
}

#[test]
fn new_columns_and_indexes_are_added_and_filled() {
    let file = File::new();
    let acme = tenant("acme");
    {
        let early = open(Sqlite::at(&file.path), &EARLY).unwrap();
        for id in 0..2_500 {
            let title = format!("  Title {}", id % 7 + 10 * id);
            let row = Tension { title, ..Tension::new(id) }.row("acme");
            put(&*early, &acme, 0, &row, Expect::Absent, 1);
        }
    }
    let backend = open(Sqlite::at(&file.path), &ONE).unwrap();
    let title = key(&TENSION, Path::Index(1), &[words("title 10 ")]);
    assert_eq!(title.get(0), words("title%2010"));
    let all = Ask { now: 1, ..Ask::new(0, Path::Index(1), Row::default()) };
    assert_eq!(all.run(&*backend).0, 2_500);
    let again = Tension { title: "TITLE 11".to_owned(), ..Tension::new(9_999) };
    let refused = put(&*backend, &acme, 0, &again.row("acme"), Expect::Absent, 1);
    assert!(matches!(refused, Outcome::NotUnique { index: 1 }), "{refused:?}");
}

#[test]
fn a_new_unique_index_over_records_that_share_a_key_is_refused() {
    let file = File::new();
    {
        let early = open(Sqlite::at(&file.path), &EARLY).unwrap();
        for id in 0..2 {
            let row = Tension { title: "Same".to_owned(), ..Tension::new(id) }.row("acme");
            put(&*early, &tenant("acme"), 0, &row, Expect::Absent, 1);
        }
    }
    let message = file.refuses(&ONE);
    assert_eq!(
        message,
        "schema mismatch: table \"Tension\": records share a key of the new unique index \
         \"Tension.by_title\""
    );
}

#[test]
fn a_new_required_field_is_refused_with_what_to_do() {
    const OLD: TableSchema = TableSchema { name: "one", records: &[&NOTE] };
    const NEW: TableSchema = TableSchema {
        name: "one",
        records: &[&RecordSchema {
            fields: &[
                key_field::<u32>("id"),
                field("text", Storage::Text),
                field("created", Storage::Timestamp),
                field("size", Storage::Int),
            ],
            ..NOTE
        }],
    };
    let file = File::new();
    drop(open(Sqlite::at(&file.path), &OLD).unwrap());
    let message = file.refuses(&NEW);
    assert_eq!(
        message,
        "schema mismatch: table \"Note\": column \"size\" is missing in the file and required in \
         the schema; make the new field an `Option` or give it `#[record(default)]`"
    );
}

#[test]
fn every_difference_is_told_at_once() {
    let file = File::with(
        "CREATE TABLE Tension (project TEXT, dialogue TEXT, id TEXT, status INTEGER NOT NULL, \
           title TEXT, labels TEXT NOT NULL, weight REAL NOT NULL, due INTEGER, \
           revision INTEGER NOT NULL, created INTEGER NOT NULL AS (1), updated INTEGER NOT NULL, \
           expires INTEGER, title__norm TEXT, extra TEXT NOT NULL, fine TEXT NOT NULL DEFAULT 'x', \
           PRIMARY KEY (project, id));
         CREATE INDEX \"Tension.by_title\" ON Tension (project, title);
         CREATE INDEX \"Tension.by_due\" ON Tension (project, due) WHERE due > 5;
         CREATE INDEX \"Tension.every\" ON Tension (project DESC);
         CREATE TABLE other (x);
         CREATE INDEX \"Tension.by_status\" ON other (x);
         CREATE VIEW Perspective AS SELECT 1;",
    );
    let message = file.refuses(&TABLE);
    insta::assert_snapshot!(message.replace("; table", ";\ntable"));
}

#[test]
fn a_newer_programs_columns_are_left_alone() {
    let file = File::new();
    drop(open(Sqlite::at(&file.path), &ONE).unwrap());
    file.raw()
        .execute_batch(
            "ALTER TABLE Tension ADD COLUMN later TEXT; \
             ALTER TABLE Tension ADD COLUMN level INTEGER NOT NULL DEFAULT 3; \
             CREATE INDEX unknown ON Tension (project, later);",
        )
        .unwrap();
    let backend = open(Sqlite::at(&file.path), &ONE).unwrap();
    let acme = tenant("acme");
    put(&*backend, &acme, 0, &Tension::new(1).row("acme"), Expect::Absent, 1);
    file.raw().execute("UPDATE Tension SET later = 'kept', level = 4", []).unwrap();
    let next = Tension { revision: 2, ..Tension::new(1) };
    put(&*backend, &acme, 0, &next.row("acme"), Expect::Revision(1), 1);
    let kept: (String, i64) = file
        .raw()
        .query_row("SELECT later, level FROM Tension", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(kept, ("kept".to_owned(), 4));
}

#[test]
fn an_index_column_with_a_value_that_has_no_key_is_refused() {
    const PLAIN: RecordSchema = RecordSchema {
        name: "Name",
        fields: &[key_field::<u32>("id"), optional(key_field::<String>("name"))],
        roles: NO_ROLES,
        primary: layout(&[text("names")], &[slot(0)]),
        indexes: &[],
        sequence: None,
        inert: false,
    };
    const OLD: TableSchema = TableSchema { name: "one", records: &[&PLAIN] };
    const NEW: TableSchema = TableSchema {
        name: "one",
        records: &[&RecordSchema {
            indexes: &[index("by_name", 1, &[text("names")], &[norm(1)])],
            ..PLAIN
        }],
    };
    let file = File::new();
    drop(open(Sqlite::at(&file.path), &OLD).unwrap());
    file.raw().execute("INSERT INTO Name VALUES (1, NULL), (2, ' X '), (3, ' ')", []).unwrap();
    let message = file.refuses(&NEW);
    assert!(message.contains("table \"Name\": column \"name__norm\": "), "{message}");
    file.raw().execute("DELETE FROM Name WHERE id = 3", []).unwrap();
    drop(open(Sqlite::at(&file.path), &NEW).unwrap());
    let norm: String = file
        .raw()
        .query_row("SELECT group_concat(name__norm) FROM Name", [], |row| row.get(0))
        .unwrap();
    assert_eq!(norm, "x");
}

fn unavailable(sqlite: Sqlite) -> Error {
    let error = refused(sqlite, &ONE);
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(!error.is_retryable());
    error
}

#[test]
fn a_place_without_a_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("none");
    let message = unavailable(Sqlite::at(missing.join("t.db"))).to_string();
    assert!(
        message.ends_with("none` does not exist") && message.contains("directory"),
        "{message}"
    );
    let file = directory.path().join("t.db");
    let message = unavailable(Sqlite::at(&file).create(false)).to_string();
    assert!(message.ends_with("t.db` does not exist") && message.contains("file"), "{message}");
    let message = unavailable(Sqlite::at(directory.path())).to_string();
    assert!(message.ends_with("is a directory"), "{message}");
    for memory in ["", ":memory:"] {
        let error = refused(Sqlite::at(memory), &ONE);
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    }
}

#[test]
fn what_is_no_database_is_refused() {
    let file = File::new();
    std::fs::write(&file.path, "A letter, and a long one at that. ".repeat(40)).unwrap();
    let error = refused(Sqlite::at(&file.path), &ONE);
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(error.to_string().contains("the file is not an SQLite database"), "{error}");

    let file = File::with("PRAGMA encoding = 'UTF-16le'; CREATE TABLE x (y);");
    assert!(file.refuses(&ONE).contains("UTF-16le"));
}

#[test]
fn a_file_of_which_another_process_keeps_hold_is_contended() {
    let file = File::new();
    let holder = file.raw();
    holder.execute_batch("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE").unwrap();
    let short = Sqlite::at(&file.path).busy_timeout(Duration::from_millis(30));
    let error = refused(short.clone(), &ONE);
    assert_eq!(error.kind(), ErrorKind::Contended);
    assert!(error.is_retryable());
    holder.execute_batch("ROLLBACK").unwrap();
    drop(open(short.clone(), &ONE).unwrap());
    // What lacks nothing is only read.
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    drop(open(short, &ONE).unwrap());
}

#[test]
fn names_that_sqlite_gives_a_meaning_are_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file:t.db?mode=memory");
    let backend = open(Sqlite::at(&path), &TABLE).unwrap();
    let note = row(&[Value::Int(1), words("x"), Value::Int(1)]);
    put(&*backend, &TenantKey::GLOBAL, 2, &note, Expect::Absent, 1);
    assert!(FilePath::new(&path).exists());
}

#[test]
fn other_indexes_of_one_name_are_told_apart() {
    const OTHER: TableSchema = TableSchema {
        name: "one",
        records: &[&RecordSchema {
            indexes: &[unique(index("by_due", 1, &[text("due")], &[slot(2)]))],
            ..TENSION
        }],
    };
    let file = File::new();
    drop(open(Sqlite::at(&file.path), &ONE).unwrap());
    let message = file.refuses(&OTHER);
    for part in [
        "index \"Tension.by_due\" is not unique in the file and unique in the schema",
        "is on (\"project\", \"due\") in the file and on (\"project\", \"id\") in the schema",
        "holds only rows with \"due\" IS NOT NULL in the file and holds every row in the schema",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn names_that_differ_in_case_alone_are_refused() {
    const OTHER: RecordSchema = RecordSchema {
        name: "NOTE",
        fields: &[key_field::<u32>("id"), field("ID", Storage::Text)],
        roles: NO_ROLES,
        primary: layout(&[text("others")], &[slot(0)]),
        indexes: &[],
        sequence: None,
        inert: false,
    };
    const TWO: TableSchema = TableSchema { name: "two", records: &[&NOTE, &OTHER] };
    assert_eq!(
        File::new().refuses(&TWO),
        "schema mismatch: table \"NOTE\": is the same to SQLite as \"Note\" of the schema; table \
         \"NOTE\": column \"ID\" is the same to SQLite as \"id\" of the schema"
    );
}

#[test]
fn a_relative_path_is_fixed_when_the_table_is_opened() {
    let error = refused(Sqlite::at("no such directory/t.db"), &ONE);
    let here = std::env::current_dir().unwrap();
    assert!(error.to_string().contains(&here.display().to_string()), "{error}");
}
