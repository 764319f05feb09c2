//! What was acknowledged is stored: after a power cut, after `kill -9`, after the store is gone.

mod drops;
mod kill;
mod power_cut;
mod together;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keyloom::sqlite::{Sqlite, Synchronous};
use keyloom::{Global, Record, Revision, Scope, Table};
use tempfile::TempDir;

#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    global,
    partition = "task#{task}",
    sort = "{id}",
    index(by_label, partition = "label#{label}", sort = "{id}"),
    index(by_name, partition = "name#{name}", unique)
)]
struct Entry {
    task: u32,
    id: u32,
    name: String,
    label: String,
    body: String,
    #[record(revision)]
    revision: Revision,
}

/// A record whose total is how often it was saved.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "counter#{id}")]
struct Counter {
    id: u32,
    total: u64,
    #[record(revision)]
    revision: Revision,
}

#[derive(Table)]
#[table(name = "ledger", records(Entry, Counter))]
struct Ledger;

type Records = Scope<Ledger, Global>;

/// The content that an entry has at a revision, so that a mixture of two shows.
fn label(revision: u64) -> String {
    format!("label {}", revision % 3)
}

fn body(task: u32, id: u32, revision: u64) -> String {
    format!("{task}/{id}/{revision};").repeat(150)
}

fn entry(task: u32, id: u32) -> Entry {
    let mut entry = Entry {
        task,
        id,
        name: format!("{task}-{id}"),
        label: String::new(),
        body: String::new(),
        revision: Revision::ZERO,
    };
    next(&mut entry);
    entry
}

/// Gives the entry the content of the revision that a save will make.
fn next(entry: &mut Entry) {
    let revision = entry.revision.get() + 1;
    entry.label = label(revision);
    entry.body = body(entry.task, entry.id, revision);
}

#[track_caller]
fn assert_whole(entry: &Entry) {
    let revision = entry.revision.get();
    assert_eq!(entry.label, label(revision));
    assert_eq!(entry.body, body(entry.task, entry.id, revision));
}

/// The acknowledged revision of each entry.
#[derive(Clone, Debug, Default)]
struct Acknowledged(BTreeMap<(u32, u32), u64>);

impl Acknowledged {
    fn add(&mut self, entry: &Entry) {
        let newest = self.0.entry((entry.task, entry.id)).or_default();
        *newest = entry.revision.get().max(*newest);
    }

    /// How many of them `records` lacks, or has in an older revision.
    async fn lost(&self, records: &Records) -> usize {
        let mut lost = 0;
        for (&(task, id), &revision) in &self.0 {
            match records.get(Entry::key(task, id)).await.expect("it is read") {
                Some(entry) => {
                    assert_whole(&entry);
                    lost += usize::from(entry.revision.get() < revision);
                }
                None => lost += 1,
            }
        }
        lost
    }
}

#[track_caller]
fn assert_intact(path: &Path) {
    let connection = rusqlite::Connection::open(path).expect("the file opens");
    let check: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("the file is checked");
    assert_eq!(check, "ok");
}

/// Every index entry has its record and every record its index entries; also read through keyloom.
async fn assert_indexes(records: &Records) {
    let mut through_index = 0;
    for revision in 0..3 {
        let found = records.query(Entry::by_label(label(revision))).all().await.expect("it reads");
        found.iter().for_each(assert_whole);
        through_index += found.len();
    }
    let mut stored = 0;
    for task in 0..power_cut::TASKS {
        stored += records.query(Entry::partition(task)).count().await.expect("it counts");
    }
    assert_eq!(through_index, stored);
}

fn runtime(threads: usize) -> tokio::runtime::Runtime {
    let mut builder = match threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    builder.worker_threads(threads).enable_all().build().expect("the runtime starts")
}

fn temporary() -> TempDir {
    tempfile::tempdir().expect("a temporary directory is made")
}

fn file(directory: &TempDir) -> PathBuf {
    directory.path().join("ledger.db")
}

async fn open(directory: &TempDir, synchronous: Synchronous) -> keyloom::Result<Records> {
    Ok(Ledger::open(Sqlite::at(file(directory)).synchronous(synchronous)).await?.global())
}
