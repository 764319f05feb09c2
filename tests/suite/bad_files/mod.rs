//! Files that are no databases, cannot be written, are full or were damaged by hand: each is a typed
//! error that names its cause, and nothing that can be read is kept back.

mod damaged_rows;
mod full;
mod unusable;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keyloom::sqlite::Sqlite;
use keyloom::{Error, Global, KeyPart, Record, Revision, Scope, Table, Timestamp};
use tempfile::TempDir;

#[derive(KeyPart, Clone, Copy, Debug, PartialEq)]
enum Status {
    Open,
    Closed,
}

#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    global,
    partition = "list#{list}",
    sort = "task#{id}",
    index(by_status, partition = "status#{status}", sort = "{updated}"),
    index(by_title, partition = "title#{title}", unique)
)]
struct Task {
    list: String,
    id: u32,
    status: Status,
    title: String,
    done: bool,
    weight: f64,
    hash: Vec<u8>,
    labels: Vec<String>,
    due: Option<Timestamp>,
    extra: Option<BTreeMap<String, u8>>,
    #[record(revision)]
    revision: Revision,
    #[record(created)]
    created: Timestamp,
    #[record(updated)]
    updated: Timestamp,
}

/// A record without an index.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "plain", sort = "{id}")]
struct Plain {
    id: u32,
    text: String,
}

#[derive(Table)]
#[table(name = "tasks", records(Task, Plain))]
struct Tasks;

type Records = Scope<Tasks, Global>;

fn task(list: &str, id: u32) -> Task {
    Task {
        list: list.to_owned(),
        id,
        status: if id.is_multiple_of(2) { Status::Open } else { Status::Closed },
        title: format!("{list} {id}"),
        done: false,
        weight: 0.5,
        hash: vec![0, 255],
        labels: vec!["a".to_owned()],
        due: None,
        extra: Some(BTreeMap::from([("k".to_owned(), 1)])),
        revision: Revision::ZERO,
        created: Timestamp::default(),
        updated: Timestamp::default(),
    }
}

struct File {
    directory: TempDir,
}

impl File {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory is made") }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("tasks.db")
    }

    async fn open(&self) -> Records {
        open(Sqlite::at(self.path())).await.expect("it opens")
    }

    /// A connection beside keyloom, as a person with an SQL tool has one.
    fn by_hand(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).expect("it opens")
    }
}

async fn open(engine: Sqlite) -> Result<Records, Error> {
    Tasks::open(engine).await.map(|store| store.global())
}

/// Why it does not open, without the part of the path that differs from run to run.
async fn refusal(engine: Sqlite, directory: &Path) -> String {
    let shown = format!("{engine:?}");
    let error = open(engine).await.map(|_| shown).expect_err("it does not open");
    assert!(!error.is_retryable(), "{error:?}");
    error.to_string().replace(&*directory.to_string_lossy(), "<dir>")
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("it starts").block_on(future)
}
