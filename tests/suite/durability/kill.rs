//! `kill -9` at any moment loses nothing acknowledged and leaves a whole file.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::Duration;

use keyloom::sqlite::{Sqlite, Synchronous};
use keyloom::{ErrorKind, Revision, Table};

use super::{
    Acknowledged, Counter, Entry, Ledger, Records, assert_intact, entry, file, next, open, runtime,
    temporary,
};
use crate::child;

/// The tasks of a child; claims are stored under the numbers above.
const TASKS: u32 = 4;
const ROUNDS: u32 = 12;

/// Saves, claims names and counts in several tasks until it is killed, and tells of each success.
#[test]
#[ignore = "run and killed by `kill_9_loses_nothing_acknowledged`"]
fn child_that_is_killed() {
    let (Some(path), Some(round)) = (child::argument("path"), child::argument("round")) else {
        return;
    };
    let round: u32 = round.parse().expect("a number");
    runtime(4).block_on(async {
        let store = Ledger::open(Sqlite::at(path)).await.expect("it opens");
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| tokio::spawn(save_until_killed(store.global(), task, round)))
            .collect();
        for task in tasks {
            task.await.expect("the task goes on");
        }
    });
}

async fn save_until_killed(records: Records, task: u32, round: u32) {
    for step in 0..100_000 {
        let id = round * 100_000 + step;
        let mut new = entry(task, id);
        records.insert(&mut new).await.expect("it is inserted");
        child::tell(&format!("saved {task} {id} {}", new.revision));
        if step % 3 == 0 {
            next(&mut new);
            records.save(&mut new).await.expect("it is saved");
            child::tell(&format!("saved {task} {id} {}", new.revision));
        }
        if step % 3 == 2 {
            child::tell(&format!("deleting {task} {}", id - 1));
            assert!(records.delete(Entry::key(task, id - 1)).await.expect("it is deleted"));
            child::tell(&format!("deleted {task} {}", id - 1));
        }
        claim(&records, task, round * 100_000 + step).await;
        count(&records).await;
    }
}

/// One of the tasks gets each name.
async fn claim(records: &Records, task: u32, number: u32) {
    let mut claim = Entry { name: format!("claim {number}"), ..entry(task + TASKS, number) };
    match records.insert(&mut claim).await {
        Ok(()) => child::tell(&format!("saved {} {number} 1", claim.task)),
        Err(error) => assert_eq!(error.kind(), ErrorKind::UniqueViolation, "{error:?}"),
    }
}

async fn count(records: &Records) {
    loop {
        let stored = records.get(Counter::key(0)).await.expect("it is read");
        let mut counter = stored.unwrap_or(Counter { id: 0, total: 0, revision: Revision::ZERO });
        counter.total += 1;
        match records.save(&mut counter).await {
            Ok(()) => return child::tell(&format!("counted {}", counter.revision)),
            Err(error) => assert!(
                matches!(error.kind(), ErrorKind::Conflict | ErrorKind::AlreadyExists),
                "{error:?}"
            ),
        }
    }
}

/// What the children of all rounds said.
#[derive(Default)]
struct Heard {
    saved: Acknowledged,
    /// Deletes that began: these may be gone.
    deleting: Vec<(u32, u32)>,
    deleted: Vec<(u32, u32)>,
    counted: Vec<u64>,
}

impl Heard {
    fn line(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<u32>().expect("a number");
        match words[0] {
            "saved" => {
                let newest = self.saved.0.entry((number(1), number(2))).or_default();
                *newest = u64::from(number(3)).max(*newest);
            }
            "deleting" => self.deleting.push((number(1), number(2))),
            "deleted" => self.deleted.push((number(1), number(2))),
            "counted" => self.counted.push(u64::from(number(1))),
            other => panic!("the child said {other}"),
        }
    }

    async fn check(&self, records: &Records) {
        let mut kept = self.saved.clone();
        kept.0.retain(|key, _| !self.deleting.contains(key));
        assert_eq!(kept.lost(records).await, 0, "of {} acknowledged", kept.0.len());
        for &(task, id) in &self.deleted {
            assert_eq!(records.get(Entry::key(task, id)).await.unwrap(), None, "{task} {id}");
        }
        let counter = records.get(Counter::key(0)).await.unwrap();
        let counter = counter.map_or(0, |counter| {
            assert_eq!(counter.total, counter.revision.get(), "an increment was lost");
            counter.total
        });
        let distinct: BTreeSet<u64> = self.counted.iter().copied().collect();
        assert_eq!(distinct.len(), self.counted.len(), "two saves were given one revision");
        assert!(distinct.last().is_none_or(|&last| last <= counter));
    }
}

#[test]
fn kill_9_loses_nothing_acknowledged() {
    let directory = temporary();
    let path = file(&directory);
    let mut heard = Heard::default();
    let runtime = runtime(1);
    let open = || runtime.block_on(open(&directory, Synchronous::Full)).expect("it opens again");
    for round in 0..ROUNDS {
        // In every other round this process has the file open all the while.
        let open_before = (round % 2 == 1).then(open);
        let (of_round, path_text) = (round.to_string(), path.to_string_lossy());
        let arguments = [("path", &*path_text), ("round", &*of_round)];
        let mut child = child::Talk::start("durability::kill::child_that_is_killed", &arguments);
        // At some moment after it has done something; in the first round after a delete, too.
        let chance = RandomState::new().hash_one(round);
        let wanted = 10 + chance % 80;
        for told in 0.. {
            if told >= wanted && !heard.deleted.is_empty() {
                break;
            }
            heard.line(&child.hear().expect("the child goes on until it is killed"));
        }
        std::thread::sleep(Duration::from_micros(chance % 5_000));
        child.kill();
        while let Some(line) = child.hear() {
            heard.line(&line);
        }

        let records = open_before.unwrap_or_else(open);
        runtime.block_on(async {
            heard.check(&records).await;
            records.insert(&mut entry(1_000, round)).await.expect("no lock was left behind");
        });
        drop(records);
        assert_intact(&path);
        assert_names_unique(&path);
    }
    assert!(!heard.deleted.is_empty() && !heard.counted.is_empty());
}

#[track_caller]
fn assert_names_unique(path: &Path) {
    let connection = rusqlite::Connection::open(path).expect("the file opens");
    // Without the unique index's help.
    let sql = "SELECT count(*) - count(DISTINCT name || '') FROM \"Entry\" NOT INDEXED";
    let twice: u32 = connection.query_row(sql, [], |row| row.get(0)).expect("it is counted");
    assert_eq!(twice, 0, "names are stored twice");
}
