//! Rows changed by hand: each reads as an error that names record, field and what was found.

use keyloom::{Conflict, ErrorKind, Record, Revision};

use super::{File, Records, Task, block_on, task};

/// What a person with an SQL tool may write, and the error's words.
const DAMAGES: &[(&str, &str)] = &[
    ("title = CAST(x'ff' AS TEXT)", "title"),
    ("status = 'Lost'", "status"),
    ("status = 'open'", "status"),
    ("status = ''", "status"),
    ("done = 2", "done"),
    ("labels = 'no json'", "labels"),
    ("labels = '{\"a\": 1}'", "labels"),
    ("labels = '[1]'", "labels"),
    ("labels = ''", "labels"),
    ("labels = '[\"a\", null]'", "labels"),
    ("labels = '[\"a\"] secret'", "labels"),
    ("extra = '{\"k\": \"secret, expected secret\"}'", "extra"),
    ("extra = '{\"k\": -1.5}'", "extra"),
    ("labels = CAST(x'5b22ff225d' AS TEXT)", "labels"),
    ("extra = '{\"k\": 256}'", "extra"),
    ("extra = '{\"k\": 1'", "extra"),
    ("due = 9223372036854775807", "due"),
    ("due = -9223372036854775808", "due"),
    ("revision = -1", "revision"),
    ("created = 9223372036854775807", "created"),
    ("updated = -9223372036854775808", "updated"),
];

async fn damaged(file: &File, damage: &str) -> Records {
    let records = file.open().await;
    for id in 1..4 {
        records.insert(&mut task("l", id)).await.unwrap();
    }
    let sql = format!("UPDATE Task SET {damage} WHERE id = 2");
    assert_eq!(file.by_hand().execute(&sql, []).unwrap(), 1, "{sql}");
    records
}

#[track_caller]
fn assert_decode(error: &keyloom::Error, field: &str, damage: &str) -> String {
    assert_eq!(error.kind(), ErrorKind::Decode, "{damage}: {error:?}");
    assert!(!error.is_retryable(), "{damage}");
    assert_eq!((error.record(), error.field()), (Some("Task"), Some(field)), "{damage}");
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    format!("{damage}\n    {error}\n")
}

#[test]
fn a_damaged_field_is_named_and_the_other_rows_are_readable() {
    let mut messages = String::new();
    for &(damage, field) in DAMAGES {
        let file = File::new();
        block_on(async {
            let records = damaged(&file, damage).await;
            let error = records.get(Task::key("l", 2)).await.unwrap_err();
            messages += &assert_decode(&error, field, damage);
            let query = records.query(Task::partition("l"));
            assert_decode(&query.all().await.unwrap_err(), field, damage);
            let keys = [1, 2, 3].map(|id| Task::key("l", id));
            assert_decode(&records.get_many(keys).await.unwrap_err(), field, damage);
            let scope = records.read_scope().await.unwrap();
            assert_decode(&scope.get(Task::key("l", 2)).await.unwrap_err(), field, damage);
            assert!(scope.get(Task::key("l", 3)).await.unwrap().is_some());
            drop(scope);

            // The others are there, also on the way to the damaged one.
            for id in [1, 3] {
                assert!(records.get(Task::key("l", id)).await.unwrap().is_some());
            }
            let before = records.query(Task::partition("l").id(..2)).all().await.unwrap();
            let behind = records.query(Task::partition("l").id(3..)).all().await.unwrap();
            assert_eq!((before.len(), behind.len()), (1, 1));
            assert_eq!(records.query(Task::partition("l")).count().await.unwrap(), 3);
            assert_repairable(&records, field, damage).await;
        });
    }
    insta::assert_snapshot!(messages);
}

/// A write over the damaged row says what is in its way, and a delete or a save mends it.
async fn assert_repairable(records: &Records, field: &str, damage: &str) {
    let error = records.insert(&mut task("l", 2)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{damage}: {error:?}");
    let conflict: Conflict<Task> = error.into_conflict().expect("it carries what is stored");
    assert_decode(conflict.stored.as_ref().unwrap_err(), field, damage);

    let mut stale = Task { revision: Revision::new(7), ..task("l", 2) };
    let error = records.save(&mut stale).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{damage}: {error:?}");
    let conflict = error.conflict::<Task>().expect("it carries what is stored");
    assert_decode(conflict.stored.as_ref().unwrap_err(), field, damage);
    let error = records.delete(&stale).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{damage}: {error:?}");
    let conflict = error.conflict::<Task>().expect("it carries what is stored");
    assert_decode(conflict.stored.as_ref().unwrap_err(), field, damage);

    let mut mended = Task { revision: Revision::new(1), ..task("l", 2) };
    if field == "revision" {
        // No revision equals the stored one, so it is removed first.
        assert!(records.delete(Task::key("l", 2)).await.unwrap());
        mended.revision = Revision::ZERO;
    }
    records.save(&mut mended).await.expect("a save writes every field but `created`");
    let read = records.get(Task::key("l", 2)).await;
    if field == "created" {
        assert_decode(&read.unwrap_err(), field, damage);
        assert!(records.delete(Task::key("l", 2)).await.unwrap());
        return;
    }
    assert_eq!(read.unwrap().map(|task| task.labels), Some(mended.labels));
    assert_eq!(records.query(Task::partition("l")).all().await.unwrap().len(), 3);
}

#[test]
fn a_damaged_row_in_an_index() {
    let file = File::new();
    block_on(async {
        let records = damaged(&file, "labels = 'no json'").await;
        let open = records.query(Task::by_status(super::Status::Open)).all().await.unwrap_err();
        assert_decode(&open, "labels", "index");
        let closed = records.query(Task::by_status(super::Status::Closed)).all().await.unwrap();
        assert_eq!(closed.len(), 2);
        // A filter reads the stored value itself and decodes what passes.
        let filtered =
            records.query(Task::partition("l")).filter(Task::TITLE.eq("l 1")).all().await.unwrap();
        assert_eq!(filtered.len(), 1);
        for condition in [Task::LABELS.contains("a"), !Task::LABELS.contains("a")] {
            let found = records.query(Task::partition("l")).filter(condition).all().await;
            match found {
                Ok(found) => assert!(found.iter().all(|task| task.id != 2)),
                Err(error) => drop(assert_decode(&error, "labels", "filter")),
            }
        }
    });
}

#[test]
fn a_damaged_key() {
    for (damage, field, list) in [
        ("id = 4294967296", "id", "l"),
        ("id = -1", "id", "l"),
        ("list = CAST(x'6cff' AS TEXT)", "list", "other"),
    ] {
        let file = File::new();
        block_on(async {
            let records = damaged(&file, damage).await;
            // Under its old key it is not there any more.
            assert_eq!(records.get(Task::key("l", 2)).await.unwrap(), None);
            if list == "l" {
                let error = records.query(Task::partition(list)).all().await.unwrap_err();
                assert_decode(&error, field, damage);
            }
            let index = records.query(Task::by_status(super::Status::Open));
            assert_decode(&index.all().await.unwrap_err(), field, damage);
            let page = records.query(Task::by_status(super::Status::Open)).limit(1).page(None);
            assert_decode(&page.await.unwrap_err(), field, damage);
            for id in [1, 3] {
                assert!(records.get(Task::key("l", id)).await.unwrap().is_some());
            }
        });
    }
}

/// What STRICT tables keep out of the file.
#[test]
fn what_sqlite_itself_refuses() {
    let file = File::new();
    block_on(async {
        let records = damaged(&file, "done = 1").await;
        let by_hand = file.by_hand();
        let mut messages = Vec::new();
        for change in
            ["title = NULL", "title = x'ff'", "done = 'yes'", "weight = 'heavy'", "hash = 1"]
        {
            let sql = format!("UPDATE Task SET {change} WHERE id = 2");
            messages.push(format!("{change}: {}", by_hand.execute(&sql, []).unwrap_err()));
        }
        insta::assert_snapshot!(messages.join("\n"), @r"
        title = NULL: NOT NULL constraint failed: Task.title
        title = x'ff': cannot store BLOB value in TEXT column Task.title
        done = 'yes': cannot store TEXT value in INTEGER column Task.done
        weight = 'heavy': cannot store TEXT value in REAL column Task.weight
        hash = 1: cannot store INT value in BLOB column Task.hash
        ");
        // SQLite makes infinity of a large literal, which no keyloom writes.
        by_hand.execute("UPDATE Task SET weight = 9e999 WHERE id = 2", []).unwrap();
        match records.get(Task::key("l", 2)).await {
            Ok(Some(task)) => assert!(task.weight.is_infinite()),
            Ok(None) => panic!("the row is there"),
            Err(error) => drop(assert_decode(&error, "weight", "infinity")),
        }
        assert_eq!(Task::SCHEMA.name, "Task");
    });
}
