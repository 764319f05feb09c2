//! The VFS under SQLite alone: it loses what was not synced, and nothing else.

use std::path::Path;

use keyloom_synced_vfs::{Cut, SyncedVfs};
use rusqlite::Connection;

const ROWS: i64 = 30;

/// Writes rows and says how many of them a power cut leaves.
fn rows_left(vfs: SyncedVfs, mode: &str, synchronous: &str, cut: Cut) -> i64 {
    let (work, after) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let writer = open(work.path(), mode, synchronous);
    writer.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)").unwrap();
    let reader = open(work.path(), mode, synchronous);
    for id in 0..ROWS {
        writer.execute("INSERT INTO t VALUES (?, hex(randomblob(500)))", [id]).unwrap();
        assert_eq!(count(&reader), id + 1);
    }
    vfs.snapshot(work.path(), after.path(), cut).unwrap();
    drop((writer, reader));

    let left = open(after.path(), mode, synchronous);
    let check: String = left.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let exists: bool = left
        .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 't'", [], |row| row.get(0))
        .unwrap();
    if exists { count(&left) } else { 0 }
}

fn open(directory: &Path, mode: &str, synchronous: &str) -> Connection {
    let connection = Connection::open(directory.join("plain.db")).unwrap();
    connection.pragma_update(None, "mmap_size", 1 << 24).unwrap();
    connection.pragma_update(None, "synchronous", synchronous).unwrap();
    connection.pragma_update(None, "journal_mode", mode).unwrap();
    connection
}

fn count(connection: &Connection) -> i64 {
    connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
}

#[test]
fn only_synced_rows_are_left() {
    let vfs = SyncedVfs::install().unwrap();
    // At FULL a rollback journal is deleted without a sync of its directory, as SQLite documents; a
    // journal that comes back rolls the last row back.
    assert_eq!(rows_left(vfs, "DELETE", "FULL", Cut::LosesAll), ROWS - 1);
    for (mode, synchronous) in [("WAL", "FULL"), ("DELETE", "EXTRA")] {
        assert_eq!(rows_left(vfs, mode, synchronous, Cut::LosesAll), ROWS, "{mode}");
        for seed in 0..2 {
            let cut = Cut::LosesSome(seed);
            assert_eq!(rows_left(vfs, mode, synchronous, cut), ROWS, "{mode}");
        }
        assert_eq!(rows_left(vfs, mode, "OFF", Cut::LosesAll), 0, "{mode}");
    }
    // In WAL mode NORMAL syncs at checkpoints alone: intact, but without the last rows.
    let left = rows_left(vfs, "WAL", "NORMAL", Cut::LosesAll);
    assert!(left < ROWS, "{left}");
}
