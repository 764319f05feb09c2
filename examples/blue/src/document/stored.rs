//! [`DocumentStore`] on keyloom.

use async_trait::async_trait;
use keyloom::engine::Engine;
use keyloom::{OfTenant, Scope, Table as _};

use super::{Document, DocumentKind, DocumentStatus, DocumentStore, Documents, Link, Search};
use crate::error::or_there_already;
use crate::id::Realm;
use crate::{Error, Result};

/// The documents of one realm, on whatever engine they were opened.
pub struct StoredDocuments {
    scope: Scope<Documents, OfTenant<Realm>>,
    realm: Realm,
    search: Option<Box<dyn Search>>,
}

impl StoredDocuments {
    /// Opens the table on an engine. [`open_document_store`](crate::open_document_store) does it as the
    /// configuration says.
    pub async fn open(engine: Box<dyn Engine>, realm: Realm) -> Result<Self> {
        let store = Documents::open(engine).await?;
        Ok(Self { scope: store.tenant(&realm), realm, search: None })
    }

    /// Adds a full-text search.
    #[must_use]
    pub fn with_search(self, search: Box<dyn Search>) -> Self {
        Self { search: Some(search), ..self }
    }
}

#[async_trait]
impl DocumentStore for StoredDocuments {
    async fn add_document(&self, mut document: Document) -> Result<Document> {
        (document.realm, document.id, document.deleted_at) = (self.realm.clone(), 0, None);
        self.scope.insert(&mut document).await?;
        Ok(document)
    }

    async fn get_document(&self, id: u64) -> Result<Option<Document>> {
        Ok(self.scope.get(Document::key(id)).await?)
    }

    async fn find_document(&self, kind: DocumentKind, title: &str) -> Result<Option<Document>> {
        Ok(self.scope.query(Document::by_title(kind).title(title)).first().await?)
    }

    async fn documents_by_status(&self, status: DocumentStatus) -> Result<Vec<Document>> {
        Ok(self.scope.query(Document::by_status(status)).all().await?)
    }

    async fn update_document(&self, mut document: Document) -> Result<Document> {
        if document.revision.is_new() {
            return Err(Error::NotFound("Document"));
        }
        (document.realm, document.deleted_at) = (self.realm.clone(), None);
        self.scope.save(&mut document).await?;
        Ok(document)
    }

    async fn delete_document(&self, id: u64) -> Result<()> {
        self.scope.delete(Document::key(id)).if_exists().await?;
        Ok(())
    }

    async fn restore_document(&self, id: u64) -> Result<Document> {
        Ok(self.scope.restore(Document::key(id)).await?)
    }

    async fn purge_document(&self, id: u64) -> Result<()> {
        self.scope.purge(Document::key(id)).if_exists().await?;
        Ok(())
    }

    async fn search(&self, query: &str, limit: usize) -> Result<Vec<Document>> {
        let search = self.search.as_ref().ok_or(Error::Unsupported("full-text search"))?;
        let ids = search.search(query, limit)?;
        let found = self.scope.get_many(ids.into_iter().map(Document::key)).await?;
        // One that was deleted since the search is no answer.
        Ok(found.into_iter().flatten().collect())
    }

    async fn add_link(&self, mut link: Link) -> Result<()> {
        link.realm = self.realm.clone();
        let mut writes = self.scope.transaction().check_exists(Document::key(link.source));
        if link.target != link.source {
            writes = writes.check_exists(Document::key(link.target));
        }
        or_there_already(writes.insert(&mut link).commit().await)
    }

    async fn links_from(&self, source: u64) -> Result<Vec<Link>> {
        Ok(self.scope.query(Link::partition().source(source)).all().await?)
    }

    async fn links_to(&self, target: u64) -> Result<Vec<Link>> {
        Ok(self.scope.query(Link::by_target(target)).all().await?)
    }
}
