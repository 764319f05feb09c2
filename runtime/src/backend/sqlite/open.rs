//! Opening the file: its connections, their pragmas, and the table that is brought into it.
//!
//! Called once by [`Sqlite`](super::Sqlite) on a thread of its own, because it may wait for another
//! process, and by the pool for each read connection.

use std::path::{Path, PathBuf};
use std::time::Instant;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::{self, is_busy};
use super::gate::{Gate, RETRY};
use super::plan::Plan;
use super::sql::RecordSql;
use super::{Sqlite, Synchronous};
use crate::error::{Error, ErrorKind};

/// The first SQLite without the bug by which a checkpoint beside a reset of the WAL could damage the
/// file: <https://sqlite.org/wal.html#walresetbug>.
const OLDEST: i32 = 3_051_003;

/// Where the file is and how its connections are set up.
#[derive(Clone, Debug)]
pub(super) struct Location {
    /// The absolute path.
    path: PathBuf,
    options: Sqlite,
    /// How many statements a connection keeps prepared.
    statements: usize,
}

impl Location {
    /// Checks that there is a file, or a place for one.
    pub(super) fn find(options: &Sqlite, records: usize) -> Result<Self, Error> {
        let given = &options.path;
        if given.as_os_str().is_empty() || given.as_os_str() == ":memory:" {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a database without a file cannot be shared by connections; use `memory::Memory`",
            ));
        }
        let unavailable =
            |why: String| Error::new(ErrorKind::Unavailable, why).with_retryable(false);
        // Read connections are opened later, when the program may stand in another directory; and to
        // SQLite a relative path can mean more than a file (`file:…`).
        let path = std::path::absolute(given).map_err(|error| {
            unavailable(format!("`{}` is no path", given.display())).with_source(error)
        })?;
        if let Some(directory) = path.parent()
            && !directory.is_dir()
        {
            let shown = directory.display();
            return Err(unavailable(if directory.exists() {
                format!("`{shown}` is not a directory")
            } else {
                format!("the directory `{shown}` does not exist")
            }));
        }
        if path.is_dir() {
            return Err(unavailable(format!("`{}` is a directory", given.display())));
        }
        if !options.create && !path.exists() {
            return Err(unavailable(format!("the file `{}` does not exist", given.display())));
        }
        Ok(Self { path, options: options.clone(), statements: 64 + 16 * records })
    }

    /// The path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn connect(&self, extra: OpenFlags) -> rusqlite::Result<Connection> {
        // Each connection is used by one thread at a time, so SQLite's own mutexes are not needed.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | extra;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.set_prepared_statement_cache_capacity(self.statements);
        // Otherwise SQLite plans a statement again whenever a bound limit or range changes; ours name
        // their index, so a plan cannot get better by it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(connection)
    }

    /// Opens a connection that only reads.
    pub(super) fn reader(&self) -> Result<Connection, Error> {
        let open = || {
            let connection = self.connect(OpenFlags::empty())?;
            connection.busy_timeout(self.options.busy_timeout)?;
            self.set_up(&connection, self.options.cache_bytes / 4)?;
            connection.execute_batch("PRAGMA query_only = ON")?;
            Ok(connection)
        };
        open().map_err(|error: rusqlite::Error| error::statement(error))
    }

    fn set_up(&self, connection: &Connection, cache_bytes: u64) -> rusqlite::Result<()> {
        let options = &self.options;
        let synchronous = match options.synchronous {
            Synchronous::Off => "OFF",
            Synchronous::Normal => "NORMAL",
            Synchronous::Full => "FULL",
        };
        let cache_kib = (cache_bytes / 1024).max(64);
        let mmap = options.mmap_bytes;
        connection.execute_batch(&format!(
            "PRAGMA synchronous = {synchronous}; \
             PRAGMA cache_size = -{cache_kib}; \
             PRAGMA mmap_size = {mmap}"
        ))
    }

    /// Opens the writer's connection and brings the records' tables into the file.
    pub(super) fn writer(
        &self,
        records: &[RecordSql],
        gate: &mut Gate,
    ) -> Result<Connection, Error> {
        check_version(rusqlite::version_number())?;
        let create = OpenFlags::SQLITE_OPEN_CREATE;
        let extra = if self.options.create { create } else { OpenFlags::empty() };
        let connection = self.connect(extra).map_err(opening)?;
        // The writer waits by itself: see `writer` and `gate`.
        connection.busy_timeout(std::time::Duration::ZERO).map_err(opening)?;
        if connection.is_readonly("main").map_err(opening)? {
            return Err(read_only());
        }
        self.insist(gate, || {
            let encoding: String =
                connection.query_row("PRAGMA encoding", [], |row| row.get(0)).map_err(Stop::of)?;
            if encoding != "UTF-8" {
                return Err(Stop::Refused(Error::new(
                    ErrorKind::SchemaMismatch,
                    format!("the file stores text as {encoding}, and its order would differ"),
                )));
            }
            // A file that is refused stays as it is, its journal mode included.
            Plan::check(&connection, records)?;
            let mode: String = connection
                .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
                .map_err(Stop::of)?;
            if mode != "wal" {
                return Err(Stop::Refused(
                    Error::new(ErrorKind::Unavailable, "the file system cannot hold a WAL")
                        .with_retryable(false),
                ));
            }
            self.set_up(&connection, self.options.cache_bytes).map_err(Stop::of)?;
            self.limit(&connection).map_err(Stop::of)
        })?;
        self.insist(gate, || Plan::carry_out(&connection, records))?;
        Ok(connection)
    }

    fn limit(&self, connection: &Connection) -> rusqlite::Result<()> {
        let Some(bytes) = self.options.max_bytes else {
            return Ok(());
        };
        let page: u32 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        // More pages than this SQLite does not count.
        let pages = (bytes / u64::from(page.max(1))).clamp(1, 0xFFFF_FFFE);
        connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
    }

    /// Tries again while another process has the file, until the busy timeout.
    fn insist<T>(
        &self,
        gate: &mut Gate,
        attempt: impl Fn() -> Result<T, Stop>,
    ) -> Result<T, Error> {
        let deadline = Instant::now() + self.options.busy_timeout;
        let outcome = loop {
            match attempt() {
                Ok(done) => break Ok(done),
                Err(Stop::Busy) if Instant::now() < deadline => gate.wait(),
                Err(Stop::Busy) => break Err(error::contended()),
                Err(Stop::Refused(error)) => break Err(error),
            }
            std::thread::sleep(RETRY);
        };
        gate.leave();
        outcome
    }
}

/// Why opening stopped.
pub(super) enum Stop {
    /// Another process has the file.
    Busy,
    /// It cannot be opened.
    Refused(Error),
}

impl Stop {
    /// What an engine's error means while opening.
    pub(super) fn of(error: rusqlite::Error) -> Self {
        if is_busy(&error) { Self::Busy } else { Self::Refused(opening(error)) }
    }
}

fn opening(error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode;
    if matches!(error, rusqlite::Error::NulError(_) | rusqlite::Error::InvalidPath(_)) {
        return Error::new(ErrorKind::Unavailable, "the path has a NUL character or is not UTF-8")
            .with_retryable(false)
            .with_source(error);
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            Error::new(ErrorKind::SchemaMismatch, "the file is not an SQLite database")
                .with_source(error)
        }
        Some(ErrorCode::ReadOnly) => read_only().with_source(error),
        _ => error::statement(error),
    }
}

fn read_only() -> Error {
    Error::new(ErrorKind::Unavailable, "the file or its directory cannot be written")
        .with_retryable(false)
}

fn check_version(version: i32) -> Result<(), Error> {
    if version >= OLDEST {
        return Ok(());
    }
    let (major, minor, patch) = (version / 1_000_000, version / 1000 % 1000, version % 1000);
    Err(Error::new(
        ErrorKind::Unsupported,
        format!(
            "SQLite {major}.{minor}.{patch} can damage a file in WAL mode; 3.51.3 or later is needed"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlite_with_the_wal_reset_bug_is_refused() {
        assert!(check_version(3_051_003).is_ok());
        let error = check_version(3_051_002).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("SQLite 3.51.2"), "{error}");
    }
}
