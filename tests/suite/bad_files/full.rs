//! A full disk.

use keyloom::sqlite::Sqlite;
use keyloom::{ErrorKind, Revision};

use super::{File, Plain, Records, Task, block_on, open, task};

const BOUND: u64 = 256 * 1024;

fn large(id: u32) -> Task {
    let mut task = task("full", id);
    task.labels = vec!["x".repeat(9_000)];
    task
}

async fn fill(records: &Records) -> u32 {
    for id in 0.. {
        let mut task = large(id);
        let Err(error) = records.insert(&mut task).await else {
            continue;
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{error:?}");
        assert!(!error.is_retryable());
        insta::allow_duplicates! {
            insta::assert_snapshot!(
                error,
                @"storage full: the disk is full or the file has reached `max_bytes`"
            );
        }
        assert!(task.revision.is_new());
        return id;
    }
    unreachable!("the file is bounded")
}

async fn assert_stored(records: &Records, count: u32) {
    for id in 0..count {
        let stored = records.get(Task::key("full", id)).await.unwrap();
        assert_eq!(stored.expect("it was acknowledged").labels, large(id).labels);
    }
    assert_eq!(records.query(Task::partition("full")).count().await.unwrap(), count as usize);
    assert_eq!(records.get(Task::key("full", count)).await.unwrap(), None);
}

#[test]
fn a_full_file_keeps_what_was_acknowledged_and_goes_on() {
    let file = File::new();
    block_on(async {
        let records = open(Sqlite::at(file.path()).max_bytes(BOUND)).await.unwrap();
        let count = fill(&records).await;
        assert!(count > 10, "it was full after {count}");
        assert_stored(&records, count).await;

        // It stays full, and stays readable.
        assert_eq!(fill_again(&records, count).await, ErrorKind::StorageFull);
        assert_stored(&records, count).await;

        // What needs no page more still succeeds.
        let mut smaller = records.get(Task::key("full", 0)).await.unwrap().unwrap();
        smaller.labels.clear();
        records.save(&mut smaller).await.expect("it shrinks");
        assert_eq!(smaller.revision, Revision::new(2));
        for id in 1..4 {
            assert!(records.delete(Task::key("full", id)).await.expect("it makes room"));
        }
        records.insert(&mut large(2)).await.expect("there is room again");
        assert_eq!(
            records.query(Task::partition("full")).count().await.unwrap(),
            count as usize - 2
        );
    });
    block_on(async {
        // With a larger bound it goes on.
        let records = open(Sqlite::at(file.path()).max_bytes(4 * BOUND)).await.unwrap();
        records.insert(&mut large(1_000)).await.expect("there is more room");
    });
    let check: String =
        file.by_hand().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

async fn fill_again(records: &Records, id: u32) -> ErrorKind {
    records.insert(&mut large(id)).await.expect_err("it is full").kind()
}

/// SQLite answers a full disk with the end of the whole transaction. The neighbours' writes are run
/// again then.
#[test]
fn a_lost_transaction_takes_no_neighbour_with_it() {
    let file = File::new();
    block_on(async {
        let records = open(Sqlite::at(file.path()).max_bytes(BOUND)).await.unwrap();
        let plain = |id, bytes| Plain { id, text: "x".repeat(bytes) };
        for id in 0..10 {
            records.insert(&mut plain(id, 9_000)).await.unwrap();
        }
        let [mut a, mut b, mut c, mut d] =
            [plain(0, 1), plain(20, 300_000), plain(21, 5_000), plain(22, 300_000)];
        let (shrunk, full, inserted, deleted, full_too) = tokio::join!(
            records.save(&mut a),
            records.insert(&mut b),
            records.insert(&mut c),
            records.delete(Plain::key(1)),
            records.insert(&mut d),
        );
        shrunk.expect("its neighbour has no room, it has");
        assert_eq!(full.unwrap_err().kind(), ErrorKind::StorageFull);
        inserted.expect("its neighbours have no room, it has");
        assert!(deleted.expect("its neighbours have no room"));
        assert_eq!(full_too.unwrap_err().kind(), ErrorKind::StorageFull);
        let stored = records.query(Plain::partition()).all().await.unwrap();
        let ids: Vec<u32> = stored.iter().map(|plain| plain.id).collect();
        assert_eq!(ids, [0, 2, 3, 4, 5, 6, 7, 8, 9, 21]);
        assert_eq!(records.get(Plain::key(0)).await.unwrap(), Some(a));
    });
}

#[test]
fn a_save_without_room_takes_no_neighbour_with_it() {
    let file = File::new();
    block_on(async {
        let records = open(Sqlite::at(file.path()).max_bytes(BOUND)).await.unwrap();
        let count = fill(&records).await;
        let mut kept = records.get(Task::key("full", 0)).await.unwrap().unwrap();
        kept.labels.clear();
        let mut too_large = task("full", 500);
        too_large.labels = vec!["x".repeat(100_000)];
        let mut too_large_too = Task { id: 501, title: "501".to_owned(), ..too_large.clone() };
        let mut small = task("full", 502);
        let (full, shrunk, full_too, deleted, saved) = tokio::join!(
            records.insert(&mut too_large),
            records.save(&mut kept),
            records.insert(&mut too_large_too),
            records.delete(Task::key("full", 1)),
            records.insert(&mut small),
        );
        assert_eq!(full.unwrap_err().kind(), ErrorKind::StorageFull);
        assert_eq!(full_too.unwrap_err().kind(), ErrorKind::StorageFull);
        shrunk.expect("its neighbour has no room, it has");
        assert!(deleted.expect("a delete makes room"));
        saved.expect("there is room for it by then");
        let all = records.query(Task::partition("full")).all().await.unwrap();
        assert_eq!(all.len(), count as usize);
        assert_eq!(records.get(Task::key("full", 502)).await.unwrap(), Some(small));
        assert_eq!(records.get(Task::key("full", 500)).await.unwrap(), None);

        let mut batch: Vec<Task> = (600..640).map(large).collect();
        batch.push(Task { labels: Vec::new(), ..task("full", 640) });
        let outcomes = records.insert_all(&mut batch).await.expect("each has its outcome");
        let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        assert!(failed > 20, "only {failed} had no room");
        for (task, outcome) in batch.iter().zip(&outcomes) {
            let stored = records.get(Task::key("full", task.id)).await.unwrap();
            assert_eq!(stored.is_some(), outcome.is_ok(), "{}", task.id);
            if let Err(error) = outcome {
                assert_eq!(error.kind(), ErrorKind::StorageFull);
            }
        }
    });
}

#[test]
fn a_file_that_may_not_grow_at_all() {
    let file = File::new();
    block_on(async {
        // No room for the tables themselves.
        let error = open(Sqlite::at(file.path()).max_bytes(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{error:?}");
        file.open().await.insert(&mut task("l", 1)).await.unwrap();
        // A bound below the present size stops growth alone.
        let records = open(Sqlite::at(file.path()).max_bytes(1)).await.expect("it fits as it is");
        assert!(records.get(Task::key("l", 1)).await.unwrap().is_some());
        assert_eq!(fill_again(&records, 0).await, ErrorKind::StorageFull);
        assert!(records.delete(Task::key("l", 1)).await.unwrap());
    });
}
