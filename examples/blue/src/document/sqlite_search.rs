//! Full-text search by SQLite's FTS5, beside what keyloom stores in the file.
//!
//! An engine's extension is no part of keyloom, so this has a connection of its own. Triggers on the
//! table of documents keep the index in the transaction of each write, whoever writes: a document and
//! its entry in the index are there both or neither. `WITHOUT ROWID` tables have no row number, which an
//! FTS5 table wants, so `document_search_row` gives each document one.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, TransactionBehavior, params};

use super::Search;
use crate::id::Realm;
use crate::{Error, Result};

/// The index, its triggers, and the documents that were there before it.
const SCHEMA: &str = r#"
CREATE TABLE document_search_row (
    row INTEGER PRIMARY KEY, realm TEXT NOT NULL, id INTEGER NOT NULL, UNIQUE (realm, id)
) STRICT;
CREATE VIRTUAL TABLE document_search USING fts5 (title, path);

CREATE TRIGGER document_search_insert AFTER INSERT ON "Document" BEGIN
    INSERT INTO document_search_row (realm, id)
        SELECT new.realm, new.id WHERE new.deleted_at IS NULL;
    INSERT INTO document_search (rowid, title, path)
        SELECT row, new.title, new.path FROM document_search_row
        WHERE realm = new.realm AND id = new.id;
END;
CREATE TRIGGER document_search_delete AFTER DELETE ON "Document" BEGIN
    DELETE FROM document_search WHERE rowid =
        (SELECT row FROM document_search_row WHERE realm = old.realm AND id = old.id);
    DELETE FROM document_search_row WHERE realm = old.realm AND id = old.id;
END;
CREATE TRIGGER document_search_update AFTER UPDATE ON "Document" BEGIN
    DELETE FROM document_search WHERE rowid =
        (SELECT row FROM document_search_row WHERE realm = old.realm AND id = old.id);
    DELETE FROM document_search_row WHERE realm = old.realm AND id = old.id;
    INSERT INTO document_search_row (realm, id)
        SELECT new.realm, new.id WHERE new.deleted_at IS NULL;
    INSERT INTO document_search (rowid, title, path)
        SELECT row, new.title, new.path FROM document_search_row
        WHERE realm = new.realm AND id = new.id;
END;

INSERT INTO document_search_row (realm, id)
    SELECT realm, id FROM "Document" WHERE deleted_at IS NULL;
INSERT INTO document_search (rowid, title, path)
    SELECT row, title, path FROM document_search_row JOIN "Document" USING (realm, id);
"#;

/// The search in the database file that a [`StoredDocuments`](super::StoredDocuments) has opened.
pub(crate) struct SqliteSearch {
    connection: Mutex<Connection>,
    realm: Realm,
}

impl SqliteSearch {
    /// Opens the file, and makes the index where it is missing.
    pub(crate) fn open(path: &Path, realm: Realm) -> Result<Self> {
        let mut connection = Connection::open(path).map_err(failed)?;
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let named = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'document_search')";
        if !transaction.query_row(named, [], |row| row.get(0)).map_err(failed)? {
            transaction.execute_batch(SCHEMA).map_err(failed)?;
        }
        transaction.commit().map_err(failed)?;
        Ok(Self { connection: Mutex::new(connection), realm })
    }
}

/// On the caller's thread, as keyloom reads from the file too.
impl Search for SqliteSearch {
    fn search(&self, query: &str, limit: usize) -> Result<Vec<u64>> {
        // In quotes a word is itself, whatever FTS5's query language would make of it.
        let words: Vec<String> = query
            .split_whitespace()
            .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
            .collect();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection
            .prepare_cached(
                "SELECT id FROM document_search JOIN document_search_row ON row = document_search.rowid \
                 WHERE document_search MATCH ?1 AND realm = ?2 ORDER BY rank, id LIMIT ?3",
            )
            .map_err(failed)?;
        let found = statement
            .query_map(params![words.join(" "), self.realm.as_str(), limit], |row| {
                row.get::<_, i64>(0)
            })
            .map_err(failed)?;
        found.map(|id| id.map(i64::unsigned_abs).map_err(failed)).collect()
    }
}

fn failed(error: rusqlite::Error) -> Error {
    Error::Search(Box::new(error))
}
