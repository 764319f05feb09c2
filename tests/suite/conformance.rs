//! The conformance suite on keyloom's own backends.

use std::time::Duration;

use keyloom::dynamodb::{CreateTable, DynamoDb};
use keyloom::engine::Engine;
use keyloom::memory::Memory;
use keyloom::sqlite::Sqlite;
use keyloom_conformance::Database;
use keyloom_dynamodb_engine::Endpoint;
use tempfile::TempDir;

/// A database in memory.
pub(crate) struct InMemory(Memory);

impl InMemory {
    pub(crate) fn new() -> Self {
        Self(Memory::new())
    }
}

impl Database for InMemory {
    fn engine(&self) -> Box<dyn Engine> {
        Box::new(self.0.clone())
    }
}

/// A database file in a directory of its own, with the settings that a user gets.
pub(crate) struct InFile(TempDir);

impl InFile {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }
}

impl Database for InFile {
    fn engine(&self) -> Box<dyn Engine> {
        Box::new(Sqlite::at(self.0.path().join("kit.db")))
    }
}

/// Tables of their own on a DynamoDB engine.
pub(crate) struct InDynamoDb(Endpoint);

impl InDynamoDb {
    pub(crate) fn new() -> Self {
        Self(Endpoint::fresh())
    }
}

impl Database for InDynamoDb {
    fn engine(&self) -> Box<dyn Engine> {
        let engine = DynamoDb::new(self.0.client()).table_prefix(self.0.prefix());
        Box::new(engine.create_table(CreateTable::on_demand()))
    }

    /// The engine in this process has no lag; any other may have.
    fn index_lag(&self) -> Duration {
        if self.0.is_external() { Duration::from_secs(10) } else { Duration::ZERO }
    }
}

mod memory {
    keyloom_conformance::suite!(super::InMemory::new);
}

/// In an async runtime, where a body that blocks its thread or needs another one would hang.
mod sqlite {
    keyloom_conformance::suite!(
        #[tokio::test]
        super::InFile::new
    );
}

mod dynamodb {
    keyloom_conformance::suite!(
        #[tokio::test]
        super::InDynamoDb::new
    );
}
