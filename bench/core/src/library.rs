//! [`Library`]: what is measured.

use std::path::Path;

use crate::{Key, Message, Result};

/// What a commit waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// `synchronous=NORMAL`: the operating system has it.
    Normal,
    /// `synchronous=FULL`: the disk has it.
    Full,
}

impl Durability {
    /// Its name in SQLite.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Full => "FULL",
        }
    }
}

/// A library under measurement, open on one database file.
pub trait Library: Sized + Send + 'static {
    /// The record as a user of the library declares it.
    type Record: From<Message> + Send + Sync + 'static;

    /// A handle that tasks share: the library itself where it can be cloned, else a mutex around it.
    type Shared: Clone + Send + 'static;

    /// Opens the file, and creates it with its table where there is none.
    fn open(path: &Path, durability: Durability) -> impl Future<Output = Result<Self>> + Send;

    /// Closes every connection, so that SQLite empties the write-ahead log.
    fn close(self) -> impl Future<Output = Result<()>> + Send;

    /// Inserts records in bulk, as the library's documentation recommends.
    fn insert_all(&mut self, records: Vec<Self::Record>)
    -> impl Future<Output = Result<()>> + Send;

    /// Reads one record.
    fn get(&mut self, key: &Key) -> impl Future<Output = Result<Self::Record>> + Send;

    /// Reads records by key where they cost least; `false` where the library has nothing for this.
    fn get_in_scope(&mut self, _keys: &[Key]) -> impl Future<Output = Result<bool>> + Send {
        async { Ok(false) }
    }

    /// Reads the newest [`PAGE`](crate::PAGE) records of a conversation.
    fn page(
        &mut self,
        conversation: &str,
    ) -> impl Future<Output = Result<Vec<Self::Record>>> + Send;

    /// Reads a conversation from its beginning to its end.
    fn scan(
        &mut self,
        conversation: &str,
    ) -> impl Future<Output = Result<Vec<Self::Record>>> + Send;

    /// Gives a record this body and saves all of it, unless its stored revision has moved.
    fn save(
        &mut self,
        record: &mut Self::Record,
        body: &str,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Gives a record this body whatever its revision is, moves the revision, and reads what it is then;
    /// `false` where the library has nothing for this in one call.
    fn update(&mut self, _key: &Key, _body: &str) -> impl Future<Output = Result<bool>> + Send {
        async { Ok(false) }
    }

    /// Makes a handle for many tasks.
    fn share(self) -> Self::Shared;

    /// [`save`](Self::save) through a shared handle.
    fn save_shared(
        shared: &mut Self::Shared,
        record: &mut Self::Record,
        body: &str,
    ) -> impl Future<Output = Result<()>> + Send;
}
