//! Two processes on one file: nothing is lost between them, and each has its turn.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use keyloom::sqlite::Sqlite;
use keyloom::{ErrorKind, Global, Record, Revision, Scope, Table};
use tempfile::TempDir;

use crate::child::{self, Talk};

#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "counter#{id}")]
struct Counter {
    id: u32,
    total: u64,
    #[record(revision)]
    revision: Revision,
}

#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    global,
    partition = "note#{writer}",
    sort = "{id}",
    index(by_text, partition = "text#{text}", sort = "{id:norm}")
)]
struct Note {
    writer: u32,
    id: String,
    text: String,
    #[record(revision)]
    revision: Revision,
}

#[derive(Table)]
#[table(name = "shared", records(Counter, Note))]
struct Shared;

type Records = Scope<Shared, Global>;

fn note(writer: u32, id: u32) -> Note {
    Note { writer, id: format!("N{id:06}"), text: "x".repeat(200), revision: Revision::ZERO }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it starts")
}

fn file() -> (TempDir, PathBuf, String) {
    let directory = tempfile::tempdir().expect("a temporary directory is made");
    let path = directory.path().join("shared.db");
    let text = path.to_str().expect("it is text").to_owned();
    (directory, path, text)
}

async fn open(engine: Sqlite) -> Records {
    Shared::open(engine).await.expect("it opens").global()
}

// --- One counter -----------------------------------------------------------------------------------

const INCREMENTS: u64 = 150;

#[test]
#[ignore = "run by `increments_of_two_processes_add_up`"]
fn child_that_increments() {
    let Some(path) = child::argument("path") else {
        return;
    };
    runtime().block_on(async {
        let records = open(Sqlite::at(path)).await;
        child::tell("open");
        child::listen();
        // Two tasks, so that the group commit takes part.
        tokio::join!(increment(&records, INCREMENTS / 2), increment(&records, INCREMENTS / 2));
    });
}

async fn increment(records: &Records, times: u64) {
    for _ in 0..times {
        loop {
            let counter = records.get(Counter::key(0)).await.expect("it is read");
            let mut counter = counter.expect("the parent made it");
            counter.total += 1;
            match records.save(&mut counter).await {
                Ok(()) => break,
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    let conflict = error.conflict::<Counter>().expect("it carries the record");
                    assert!(conflict.actual > conflict.expected, "{error:?}");
                }
                Err(error) => assert!(error.is_retryable(), "{error:?}"),
            }
        }
    }
}

#[test]
fn increments_of_two_processes_add_up() {
    let (_directory, path, text) = file();
    runtime().block_on(async {
        let records = open(Sqlite::at(&path)).await;
        let mut counter = Counter { id: 0, total: 0, revision: Revision::ZERO };
        records.insert(&mut counter).await.expect("it is inserted");

        let arguments = [("path", &*text)];
        let start = || Talk::start("processes::child_that_increments", &arguments);
        let mut children = [start(), start()];
        for child in &mut children {
            assert_eq!(child.hear().as_deref(), Some("open"));
        }
        for child in &mut children {
            child.say("go");
        }
        for child in children {
            child.end();
        }

        let counter = records.get(Counter::key(0)).await.unwrap().expect("it is stored");
        assert_eq!(counter.total, 2 * INCREMENTS);
        assert_eq!(counter.revision, Revision::new(2 * INCREMENTS + 1));
    });
}

// --- A held lock -----------------------------------------------------------------------------------

#[test]
#[ignore = "run by the tests of a held lock"]
fn child_that_holds_the_lock() {
    let Some(path) = child::argument("path") else {
        return;
    };
    let connection = rusqlite::Connection::open(path).expect("the file opens");
    connection.busy_timeout(Duration::from_secs(10)).expect("it is set");
    connection.execute_batch("BEGIN IMMEDIATE").expect("the lock is free");
    child::tell("held");
    child::listen();
    connection.execute_batch("COMMIT").expect("it commits");
    child::tell("released");
}

fn hold(path: &str) -> Talk {
    let mut child = Talk::start("processes::child_that_holds_the_lock", &[("path", path)]);
    assert_eq!(child.hear().as_deref(), Some("held"));
    child
}

#[test]
fn a_lock_held_for_longer_than_the_timeout_is_contention() {
    let (_directory, path, text) = file();
    runtime().block_on(async {
        let patience = Duration::from_millis(150);
        let records = open(Sqlite::at(&path).busy_timeout(patience)).await;
        let mut stored = note(1, 1);
        records.save(&mut stored).await.expect("it is saved");
        let child = hold(&text);

        let began = Instant::now();
        let (mut new, mut changed) = (note(1, 2), Note { text: "y".into(), ..stored.clone() });
        let (inserted, saved, deleted) = tokio::join!(
            records.insert(&mut new),
            records.save(&mut changed),
            records.delete(&stored)
        );
        assert!(began.elapsed() >= patience, "it gave up early");
        for error in [inserted.unwrap_err(), saved.unwrap_err(), deleted.unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::Contended);
            assert!(error.is_retryable());
            let message = "contended: another process holds the file's write lock";
            assert_eq!(error.to_string(), message);
        }
        // The callers' structs are as they were, and reads never wait.
        assert!(new.revision.is_new());
        assert_eq!(changed.revision, stored.revision);
        assert_eq!(records.get(Note::key(1, "N000001")).await.unwrap(), Some(stored.clone()));
        assert_eq!(records.get(Note::key(1, "N000002")).await.unwrap(), None);

        child.end();
        assert_eq!(records.query(Note::partition(1)).count().await.unwrap(), 1);
        records.insert(&mut new).await.expect("the lock is free");
        assert!(records.delete(&stored).await.expect("the lock is free"));
    });
}

#[test]
fn a_lock_held_for_less_is_waited_for() {
    let (_directory, path, text) = file();
    runtime().block_on(async {
        let records = open(Sqlite::at(&path).busy_timeout(Duration::from_secs(30))).await;
        let mut child = hold(&text);
        let (mut first, mut second) = (note(1, 1), note(1, 2));
        // All on one thread: were it blocked by the save, nobody would release the lock.
        let release = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert_eq!(records.query(Note::partition(1)).count().await.unwrap(), 0);
            child.say("go on");
        };
        let (first_saved, second_saved, ()) =
            tokio::join!(records.save(&mut first), records.save(&mut second), release);
        first_saved.expect("it waited");
        second_saved.expect("it waited");
        assert_eq!(child.end(), ["released"]);
        assert_eq!(records.query(Note::partition(1)).count().await.unwrap(), 2);
    });
}

#[test]
fn a_file_that_is_locked_is_opened_when_the_lock_is_free() {
    let (_directory, path, text) = file();
    runtime().block_on(async {
        drop(open(Sqlite::at(&path)).await);
        let mut child = hold(&text);
        // Nothing is to be added, so the lock does not matter.
        let patience = Duration::from_millis(100);
        drop(open(Sqlite::at(&path).busy_timeout(patience)).await);
        child.say("go on");
        assert_eq!(child.end(), ["released"]);
    });
}

#[test]
fn a_locked_new_file_is_contention_and_then_opens() {
    let (_directory, path, text) = file();
    runtime().block_on(async {
        let child = hold(&text);
        let engine = Sqlite::at(&path).busy_timeout(Duration::from_millis(100));
        let error = Shared::open(engine.clone()).await.expect_err("it is locked");
        assert_eq!(error.kind(), ErrorKind::Contended, "{error:?}");
        assert!(error.is_retryable());
        child.end();
        open(engine).await;
    });
}

// --- Opening at once -------------------------------------------------------------------------------

#[test]
#[ignore = "run by `processes_open_a_new_file_at_once`"]
fn child_that_opens() {
    let (Some(path), Some(writer)) = (child::argument("path"), child::argument("writer")) else {
        return;
    };
    let writer = writer.parse().expect("a number");
    child::tell("ready");
    while let Some(round) = child::listen() {
        runtime().block_on(async {
            let records = open(Sqlite::at(format!("{path}-{round}"))).await;
            records.insert(&mut note(writer, 0)).await.expect("it is inserted");
        });
        child::tell("stored");
    }
}

#[test]
fn processes_open_a_new_file_at_once() {
    let (_directory, path, text) = file();
    let writers: Vec<String> = (0..3).map(|writer| writer.to_string()).collect();
    let mut children: Vec<Talk> = writers
        .iter()
        .map(|writer| {
            Talk::start("processes::child_that_opens", &[("path", &text), ("writer", writer)])
        })
        .collect();
    for child in &mut children {
        assert_eq!(child.hear().as_deref(), Some("ready"));
    }
    for round in 0..6 {
        for child in &mut children {
            child.say(&round.to_string());
        }
        for child in &mut children {
            assert_eq!(child.hear().as_deref(), Some("stored"), "round {round}");
        }
        runtime().block_on(async {
            let records = open(Sqlite::at(format!("{}-{round}", path.display()))).await;
            for writer in 0..3 {
                assert_eq!(records.query(Note::partition(writer)).count().await.unwrap(), 1);
            }
        });
    }
    for child in children {
        child.end();
    }
}

// --- A busy neighbour ------------------------------------------------------------------------------

#[test]
#[ignore = "run by `a_saturated_writer_starves_nobody`"]
fn child_that_saturates() {
    let Some(path) = child::argument("path") else {
        return;
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("it starts").block_on(async {
        let records = open(Sqlite::at(path)).await;
        for task in 0..8 {
            let records = records.clone();
            tokio::spawn(async move {
                for id in 0.. {
                    records.insert(&mut note(task, id)).await.expect("it has its turn too");
                    if id == 20 {
                        child::tell("saturated");
                    }
                }
            });
        }
        tokio::task::spawn_blocking(child::listen).await.expect("it listens");
        // The tasks are dropped where they stand.
    });
}

#[test]
fn a_saturated_writer_starves_nobody() {
    let (_directory, path, text) = file();
    runtime().block_on(async {
        let mut child = Talk::start("processes::child_that_saturates", &[("path", &text)]);
        assert_eq!(child.hear().as_deref(), Some("saturated"));
        let records = open(Sqlite::at(&path)).await;
        let mut slowest = Duration::ZERO;
        for id in 0..30 {
            let began = Instant::now();
            records.insert(&mut note(100, id)).await.expect("it has its turn");
            slowest = slowest.max(began.elapsed());
        }
        let before = records.query(Note::partition(0)).count().await.unwrap();
        println!("the slowest of 30 saves beside a saturated writer took {slowest:?}");
        // Ours in a tight loop do not starve the other either.
        for id in 30..60 {
            records.insert(&mut note(100, id)).await.expect("it has its turn");
        }
        let after = records.query(Note::partition(0)).count().await.unwrap();
        assert!(after > before, "the other process stands still at {before}");
        child.end();
        assert_eq!(records.query(Note::partition(100)).count().await.unwrap(), 60);
    });
}
