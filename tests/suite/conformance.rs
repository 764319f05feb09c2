//! The conformance suite on keyloom's own backends.

use keyloom::engine::Engine;
use keyloom::memory::Memory;
use keyloom::sqlite::Sqlite;
use keyloom_conformance::Database;
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
