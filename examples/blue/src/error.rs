//! What goes wrong, in the words of the domain.

use keyloom::ErrorKind;

use crate::dialogue::{TensionStatus, Violation};

/// What the stores return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation of a store failed; nothing was stored then, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something that the operation needs is not stored; it is of this type.
    #[error("{0}: not found")]
    NotFound(&'static str),
    /// Something of this type with the same id, or with the same value that must be unique, is stored.
    #[error("{0}: already exists")]
    AlreadyExists(&'static str),
    /// Somebody else has written the record since it was read.
    #[error("{0}: written by somebody else meanwhile")]
    Conflict(&'static str),
    /// A tension does not go from this status to that.
    #[error("a tension that is {from} does not become {to}")]
    Transition {
        /// The status that it has.
        from: TensionStatus,
        /// The status that it was to have.
        to: TensionStatus,
    },
    /// References that say what cannot be; all that is wrong with all of them.
    #[error("references: {}", list(.0))]
    References(Vec<Violation>),
    /// The configured backend has no such operation.
    #[error("{0}: not supported by this backend")]
    Unsupported(&'static str),
    /// The configuration cannot be read, or says what cannot be.
    #[error("configuration: {0}")]
    Configuration(String),
    /// A dialogue cannot be imported as it is.
    #[error("import: {0}")]
    Import(String),
    /// The full-text search failed.
    #[error("search: {0}")]
    Search(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The storage failed; its error says whether the same call may be made again.
    #[error("storage: {0}")]
    Storage(#[source] keyloom::Error),
}

/// What is there already need not be stored again.
pub(crate) fn or_there_already<T>(stored: keyloom::Result<T>) -> Result<()> {
    match stored {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        stored => Ok(stored.map(drop)?),
    }
}

fn list(violations: &[Violation]) -> String {
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The kinds that the domain has words for are said in them; the rest stays the storage's.
impl From<keyloom::Error> for Error {
    fn from(error: keyloom::Error) -> Self {
        match (error.kind(), error.record()) {
            (ErrorKind::NotFound, Some(record)) => Self::NotFound(record),
            (ErrorKind::AlreadyExists | ErrorKind::UniqueViolation, Some(record)) => {
                Self::AlreadyExists(record)
            }
            (ErrorKind::Conflict, Some(record)) => Self::Conflict(record),
            _ => Self::Storage(error),
        }
    }
}
