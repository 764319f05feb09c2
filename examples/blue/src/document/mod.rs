//! Documents and the links between them: what a program does with them, and how they lie in storage.

mod records;
mod search;
mod sqlite_search;
mod stored;

use async_trait::async_trait;

use crate::Result;

pub use records::{Document, DocumentKind, DocumentStatus, Documents, Link, LinkKind};
pub use search::Search;
pub(crate) use sqlite_search::SqliteSearch;
pub use stored::StoredDocuments;

/// The documents of one realm.
///
/// A deleted document is hidden, but from [`restore_document`](Self::restore_document) and
/// [`purge_document`](Self::purge_document), and keeps its title taken until it is purged. Links stay,
/// whatever becomes of their ends.
///
/// Documents by title and by status, and links by target, are read from indexes, which on DynamoDB are a
/// moment late.
#[async_trait]
pub trait DocumentStore: Send + Sync {
    /// Stores a new document and gives it its id: larger than every one before, never given again.
    /// [`AlreadyExists`](crate::Error::AlreadyExists) where one of its type has its title.
    async fn add_document(&self, document: Document) -> Result<Document>;

    /// The document with this id.
    async fn get_document(&self, id: u64) -> Result<Option<Document>>;

    /// The document of this type with this title.
    async fn find_document(&self, kind: DocumentKind, title: &str) -> Result<Option<Document>>;

    /// The documents with this status, in the order of their ids.
    async fn documents_by_status(&self, status: DocumentStatus) -> Result<Vec<Document>>;

    /// Stores a document that was read and changed; [`NotFound`](crate::Error::NotFound) where it was not
    /// read, and [`Conflict`](crate::Error::Conflict) where somebody
    /// else has changed it meanwhile.
    async fn update_document(&self, document: Document) -> Result<Document>;

    /// Deletes a document so that it can be restored.
    async fn delete_document(&self, id: u64) -> Result<()>;

    /// Brings a deleted document back.
    async fn restore_document(&self, id: u64) -> Result<Document>;

    /// Removes a document for good, deleted or not.
    async fn purge_document(&self, id: u64) -> Result<()>;

    /// The documents that have every one of these words, the best first;
    /// [`Unsupported`](crate::Error::Unsupported) where the backend has no full-text search.
    async fn search(&self, query: &str, limit: usize) -> Result<Vec<Document>>;

    /// Links two documents that are stored; a link that is there already is left.
    async fn add_link(&self, link: Link) -> Result<()>;

    /// The links from a document.
    async fn links_from(&self, source: u64) -> Result<Vec<Link>>;

    /// The links to a document.
    async fn links_to(&self, target: u64) -> Result<Vec<Link>>;
}
