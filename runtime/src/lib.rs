#![doc = include_str!("../../README.md")]
#![forbid(unsafe_code)]

extern crate self as keyloom;

pub mod backend;
mod clock;
mod error;
pub mod key;
mod record;
mod request;
mod revision;
pub mod schema;
pub mod store;
mod timestamp;
pub mod value;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(feature = "dynamodb")]
pub use backend::dynamodb;
pub use backend::memory;
#[cfg(feature = "sqlite")]
pub use backend::sqlite;
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{Conflict, Error, ErrorKind, Result};
pub use key::{Arg, Key, KeyPart, starts_with};
pub use keyloom_macros::{Collection, KeyPart, Record, Table};
pub use record::{
    Global, InScope, ListedIn, NoTenant, Numbered, OfTenant, Record, SoftDeleted, StreamRecord,
    Table, Writable,
};
pub use revision::Revision;
pub use store::{
    Collection, CollectionQuery, Commit, Condition, Cursor, DEFAULT_PAGE, EventStream, Field,
    MAX_APPEND, MAX_RECORD_BYTES, Open, Page, Patch, QueryRequest, QueryStream, ReadScope, Removed,
    Scope, Selection, SequenceConflict, Store, StreamKey, Transaction, Update,
};
pub use timestamp::{ParseTimestampError, Timestamp};

/// Neutral requests, keys and their encoding: what a backend is written against.
pub mod engine {
    pub use crate::backend::{Backend, BoxFuture, Engine, Reader, Reply};
    pub use crate::key::{KeyKind, KeyText, SelectRange, TenantKey};
    pub use crate::request::*;
}
