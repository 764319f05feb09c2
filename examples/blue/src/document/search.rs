//! What a full-text search is to the document store.

use crate::Result;

/// A full-text index of a realm's documents, beside their storage.
pub trait Search: Send + Sync {
    /// The ids of the documents that have every word of the query, the best first.
    fn search(&self, query: &str, limit: usize) -> Result<Vec<u64>>;
}
