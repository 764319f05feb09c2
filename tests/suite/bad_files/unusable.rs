//! Files and directories that cannot hold a database.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;

use keyloom::ErrorKind;
use keyloom::sqlite::Sqlite;

use super::{File, Task, block_on, open, refusal, task};
use crate::child;

#[test]
fn a_file_that_is_no_database() {
    let file = File::new();
    for (name, bytes) in [
        ("text", b"Dear diary, this is no database. ".repeat(100)),
        ("short", b"hello".to_vec()),
        ("zeros", vec![0; 8192]),
    ] {
        let path = file.directory.path().join(name);
        fs::write(&path, &bytes).unwrap();
        let message = block_on(refusal(Sqlite::at(&path), file.directory.path()));
        assert_eq!(message, "schema mismatch: the file is not an SQLite database", "{name}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name} was changed");
    }
    // What an interrupted start leaves is as good as no file.
    let path = file.directory.path().join("empty");
    fs::write(&path, b"").unwrap();
    block_on(open(Sqlite::at(&path))).expect("an empty file is an empty database");
}

#[test]
fn a_truncated_database() {
    let file = File::new();
    block_on(async {
        let records = file.open().await;
        let mut tasks: Vec<_> = (0..2_000).map(|id| task("l", id)).collect();
        let saved = records.insert_all(&mut tasks).await.expect("they are saved");
        assert!(saved.iter().all(Result::is_ok));
    });
    let whole = fs::read(file.path()).unwrap();
    assert!(whole.len() > 100_000, "closing brings everything into the file");
    for part in 1..8 {
        // Also in the midst of a page.
        let left = &whole[..whole.len() * part / 8 + 100];
        fs::write(file.path(), left).unwrap();
        block_on(async {
            let records = match open(Sqlite::at(file.path())).await {
                Ok(records) => records,
                Err(error) => {
                    assert_damaged(&error, part);
                    return;
                }
            };
            let read = records.query(Task::partition("l")).all().await;
            assert_damaged(&read.expect_err("some of the tasks are gone"), part);
            let mut missed = 0;
            for id in 0..2_000 {
                match records.get(Task::key("l", id)).await {
                    Ok(Some(found)) => assert_eq!(found.id, id),
                    Ok(None) => panic!("a damaged file is told from a missing record"),
                    Err(error) => {
                        assert_damaged(&error, part);
                        missed += 1;
                    }
                }
            }
            assert!(missed > 0);
            let saved = records.insert(&mut task("l", 5_000)).await;
            saved.map_or_else(|error| assert_damaged(&error, part), |()| ());
        });
    }
}

#[track_caller]
fn assert_damaged(error: &keyloom::Error, part: usize) {
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{part}/8: {error:?}");
    assert_eq!(error.to_string(), "unavailable: the SQLite file is damaged", "{part}/8");
    assert!(!error.is_retryable(), "{part}/8: {error:?}");
}

#[test]
fn a_page_of_noise() {
    let file = File::new();
    block_on(async {
        let records = file.open().await;
        let mut tasks: Vec<_> = (0..500).map(|id| task("l", id)).collect();
        records.insert_all(&mut tasks).await.expect("they are saved");
    });
    let whole = fs::read(file.path()).unwrap();
    for page in 1..whole.len() / 4096 {
        for noise in [0_u8, 0xFF, 0x5A] {
            let mut bytes = whole.clone();
            bytes[page * 4096..(page + 1) * 4096].fill(noise);
            fs::write(file.path(), &bytes).unwrap();
            // Whatever it finds is an answer or an error, and never a panic.
            block_on(async {
                let Ok(records) = open(Sqlite::at(file.path())).await else {
                    return;
                };
                for id in [0, 250, 499] {
                    let _ = records.get(Task::key("l", id)).await;
                }
                let _ = records.query(Task::partition("l")).all().await;
                let _ = records.query(Task::by_status(super::Status::Open)).all().await;
                let _ = records.insert(&mut task("l", 1_000)).await;
                let _ = records.delete(Task::key("l", 250)).await;
            });
        }
    }
}

#[test]
fn a_path_without_a_place() {
    let file = File::new();
    let directory = file.directory.path();
    fs::write(directory.join("plain"), b"x").unwrap();
    let refusals: Vec<String> = block_on(async {
        let mut refusals = Vec::new();
        for path in ["missing/tasks.db", "plain/tasks.db"] {
            refusals.push(refusal(Sqlite::at(directory.join(path)), directory).await);
        }
        refusals.push(refusal(Sqlite::at(directory), directory).await);
        refusals.push(refusal(Sqlite::at(directory.join("new")).create(false), directory).await);
        refusals.push(refusal(Sqlite::at(""), directory).await);
        refusals.push(refusal(Sqlite::at(":memory:"), directory).await);
        refusals.push(refusal(Sqlite::at(directory.join("a\0b")), directory).await);
        refusals
    });
    insta::assert_snapshot!(refusals.join("\n"));
    let left: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["plain"], "something was made");
}

#[test]
fn names_with_a_meaning_for_sqlite_are_plain_files() {
    let file = File::new();
    for name in ["file:x?mode=memory", "x?vfs=none", "%41", "file:y", "a b#c", "naïve 🗄"] {
        let path = file.directory.path().join(name);
        block_on(async {
            open(Sqlite::at(&path)).await.unwrap().insert(&mut task("l", 1)).await.unwrap();
            let records = open(Sqlite::at(&path).create(false)).await.unwrap();
            assert!(records.get(Task::key("l", 1)).await.unwrap().is_some(), "{name}");
        });
        assert!(path.is_file(), "{name}");
    }
}

/// No permission stops the root user, so the tests of permissions run as nobody.
const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    // The owner of what a process makes is the process's user.
    use std::os::unix::fs::MetadataExt;
    File::new().directory.path().metadata().is_ok_and(|made| made.uid() == 0)
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
#[ignore = "run by `without_permission_to_write`, as a user whom permissions stop"]
fn child_without_permission() {
    let Some(path) = child::argument("path") else {
        return;
    };
    let directory = Path::new(&path);
    let messages = block_on(async {
        let mut messages = Vec::new();
        for name in ["closed/new.db", "closed/tasks.db", "open/read-only.db", "unreadable/x.db"] {
            messages.push(format!(
                "{name}: {}",
                refusal(Sqlite::at(directory.join(name)), directory).await
            ));
        }
        messages
    });
    child::tell(&messages.join("|"));
}

#[test]
fn without_permission_to_write() {
    let file = File::new();
    let directory = file.directory.path();
    let made = |path: &str| {
        fs::create_dir_all(directory.join(path).parent().unwrap()).unwrap();
        block_on(async {
            let records = open(Sqlite::at(directory.join(path))).await.unwrap();
            records.insert(&mut task("l", 1)).await.unwrap();
        });
    };
    ["closed/tasks.db", "open/read-only.db", "unreadable/x.db"].iter().copied().for_each(made);
    set_mode(directory, 0o755);
    set_mode(&directory.join("closed"), 0o555);
    set_mode(&directory.join("closed/tasks.db"), 0o444);
    set_mode(&directory.join("open"), 0o777);
    set_mode(&directory.join("open/read-only.db"), 0o444);
    set_mode(&directory.join("unreadable"), 0o777);
    set_mode(&directory.join("unreadable/x.db"), 0);

    let text = directory.to_str().unwrap();
    let name = "bad_files::unusable::child_without_permission";
    let mut command = child::command(name, &[("path", text)]);
    command.env("TMPDIR", directory.join("open")).current_dir("/");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            println!("not shown: this process may not become another user: {error}");
            return;
        }
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    set_mode(&directory.join("closed"), 0o755);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let line = text.lines().find_map(|line| line.strip_prefix("> ")).expect("messages");
    insta::assert_snapshot!(line.trim_end_matches(" .").replace('|', "\n"));
    // Nothing was made beside the files.
    let made = fs::read_dir(directory.join("closed")).unwrap().count();
    assert_eq!(made, 1);
    block_on(async {
        for path in ["closed/tasks.db", "open/read-only.db", "unreadable/x.db"] {
            let records = open(Sqlite::at(directory.join(path))).await.unwrap();
            assert!(records.get(Task::key("l", 1)).await.unwrap().is_some());
        }
    });
}
