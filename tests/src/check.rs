//! Assertions that the bodies share.

use std::fmt::{Debug, Write as _};

use keyloom::{Conflict, Error, ErrorKind, OfTenant, Record, Result, Scope};

use crate::domain::Account;
use crate::domain::desk::{BoardItem, Desk};

/// The scope of one tenant.
pub(crate) type Tenant<T> = Scope<T, OfTenant<Account>>;

/// The answer of an operation that must succeed.
#[track_caller]
pub(crate) fn ok<T>(result: Result<T>) -> T {
    match result {
        Ok(answer) => answer,
        Err(error) => panic!("refused: {error}{}", causes(&error)),
    }
}

/// What stands behind an error.
fn causes(error: &Error) -> String {
    let mut text = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let _ = write!(text, ", because {error}");
        cause = error.source();
    }
    text
}

/// The error of an operation that must fail with this kind.
#[track_caller]
pub(crate) fn refused<T: Debug>(result: Result<T>, kind: ErrorKind) -> Error {
    match result {
        Ok(answer) => panic!("answered {answer:?} instead of failing with `{kind}`"),
        Err(error) => {
            assert_eq!(error.kind(), kind, "{error}");
            error
        }
    }
}

/// The conflict in an error: expected and actual revision, and the stored record.
#[track_caller]
pub(crate) fn conflict<R: Record>(error: &Error) -> (u64, u64, &R) {
    let conflict: &Conflict<R> = error.conflict().expect("the error carries a conflict");
    match &conflict.stored {
        Ok(stored) => (conflict.expected.get(), conflict.actual.get(), stored),
        Err(error) => panic!("the stored record does not decode: {error}"),
    }
}

/// Everything that is stored in one board.
pub(crate) async fn board(desk: &Tenant<Desk>, board: &str) -> Vec<BoardItem> {
    ok(desk.query(BoardItem::partition(board)).all().await)
}
