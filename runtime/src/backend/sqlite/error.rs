//! What SQLite's result codes mean to a caller.
//!
//! Messages say what happened and never repeat a statement's values. Every error of this backend is
//! made here.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use rusqlite::ErrorCode;

use crate::error::{Error, ErrorKind};

/// An engine's error that several callers are told of.
#[derive(Clone, Debug)]
pub(super) struct Cause(Arc<rusqlite::Error>);

impl From<rusqlite::Error> for Cause {
    fn from(error: rusqlite::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its text names tables and columns, never a value: values are bound.
        self.0.fmt(f)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// Whether another connection holds the lock that the statement needs.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// Whether a unique index or a primary key stands in the way.
pub(super) fn is_unique(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    error.sqlite_error().is_some_and(|error| {
        matches!(error.extended_code, SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_UNIQUE)
    })
}

/// The error of a statement, by which nothing was written.
#[cold]
pub(super) fn statement(cause: impl Into<Cause>) -> Error {
    let cause = cause.into();
    let (kind, retryable, message) = match cause.0.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => return contended(),
        Some(ErrorCode::DiskFull) => {
            (ErrorKind::StorageFull, false, "the disk is full or the file has reached `max_bytes`")
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            (ErrorKind::Unavailable, false, "the SQLite file is damaged")
        }
        Some(ErrorCode::NotADatabase) => {
            (ErrorKind::Unavailable, false, "the file is not an SQLite database")
        }
        Some(ErrorCode::ReadOnly) => {
            (ErrorKind::Unavailable, false, "the file or its directory cannot be written")
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            (ErrorKind::Unavailable, false, "the file cannot be opened")
        }
        Some(ErrorCode::SystemIoFailure) => {
            (ErrorKind::Unavailable, true, "the operating system failed to read or write the file")
        }
        Some(ErrorCode::OutOfMemory) => (ErrorKind::Unavailable, true, "SQLite is out of memory"),
        Some(ErrorCode::TooBig) => (ErrorKind::Limit, false, "larger than SQLite can store"),
        Some(ErrorCode::ConstraintViolation) if is_unique(&cause.0) => (
            ErrorKind::UniqueViolation,
            false,
            "a unique index of the file that the schema does not know",
        ),
        Some(ErrorCode::ConstraintViolation) => {
            (ErrorKind::InvalidValue, false, "a constraint of the file refuses the record")
        }
        _ => (ErrorKind::Unavailable, false, "SQLite refused the statement"),
    };
    Error::new(kind, message).with_retryable(retryable).with_source(cause)
}

/// The error of a commit, or of a statement that commits by itself.
#[cold]
pub(super) fn commit(cause: impl Into<Cause>) -> Error {
    let cause = cause.into();
    if cause.0.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) {
        // The commit frame may have reached the WAL, and a later recovery would then find it.
        return Error::new(
            ErrorKind::UnknownOutcome,
            "the operating system failed while the write was being committed",
        )
        .with_source(cause);
    }
    statement(cause)
}

/// Another process held the write lock for longer than the busy timeout.
#[cold]
pub(super) fn contended() -> Error {
    Error::new(ErrorKind::Contended, "another process holds the file's write lock")
}

/// The writer ended without an answer, which only a panic can make it do.
#[cold]
pub(super) fn unanswered() -> Error {
    Error::new(ErrorKind::UnknownOutcome, "the writer gave no answer")
}

/// A request names a record that the table does not have.
#[cold]
pub(super) fn no_such_record() -> Error {
    Error::new(ErrorKind::Unsupported, "the table has no such record")
}

/// A stored row's fields give another key than the one it lies under, which another program made.
#[cold]
pub(super) fn misplaced(record: &'static str) -> Error {
    Error::new(ErrorKind::Decode, "the stored record lies under a key that is not its own")
        .with_record(record)
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn failure(code: std::ffi::c_int) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn a_failed_sync_leaves_a_commit_unknown_and_a_statement_unwritten() {
        let error = commit(failure(ffi::SQLITE_IOERR_FSYNC));
        assert_eq!(error.kind(), ErrorKind::UnknownOutcome);
        assert!(!error.is_retryable());
        let error = statement(failure(ffi::SQLITE_IOERR_FSYNC));
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, true));
    }

    #[test]
    fn each_code_has_its_kind() {
        for (code, kind, retryable) in [
            (ffi::SQLITE_BUSY, ErrorKind::Contended, true),
            (ffi::SQLITE_BUSY_SNAPSHOT, ErrorKind::Contended, true),
            (ffi::SQLITE_FULL, ErrorKind::StorageFull, false),
            (ffi::SQLITE_CORRUPT, ErrorKind::Unavailable, false),
            (ffi::SQLITE_NOTADB, ErrorKind::Unavailable, false),
            (ffi::SQLITE_READONLY_DIRECTORY, ErrorKind::Unavailable, false),
            (ffi::SQLITE_CANTOPEN, ErrorKind::Unavailable, false),
            (ffi::SQLITE_NOMEM, ErrorKind::Unavailable, true),
            (ffi::SQLITE_TOOBIG, ErrorKind::Limit, false),
            (ffi::SQLITE_CONSTRAINT_UNIQUE, ErrorKind::UniqueViolation, false),
            (ffi::SQLITE_CONSTRAINT_NOTNULL, ErrorKind::InvalidValue, false),
            (ffi::SQLITE_ERROR, ErrorKind::Unavailable, false),
        ] {
            for error in [statement(failure(code)), commit(failure(code))] {
                assert_eq!((error.kind(), error.is_retryable()), (kind, retryable), "{code}");
            }
        }
    }
}
