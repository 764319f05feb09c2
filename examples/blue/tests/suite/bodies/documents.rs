//! Documents and links.

use blue::Error;
use blue::document::{Document, DocumentKind, DocumentStatus, Link, LinkKind};
use futures_util::future::join_all;

use crate::harness::Database;

/// No ids.
const NONE: [u64; 0] = [];

fn document(title: &str) -> Document {
    let path = format!("docs/{}.md", title.to_lowercase().replace(' ', "-"));
    Document { title: title.to_owned(), path, ..Document::default() }
}

fn titles(documents: &[Document]) -> Vec<&str> {
    documents.iter().map(|document| &*document.title).collect()
}

pub(crate) async fn ids_grow_and_are_never_given_again(db: &dyn Database) {
    let store = db.documents().await;
    for (title, expected) in [("a", 1), ("b", 2), ("c", 3)] {
        assert_eq!(store.add_document(document(title)).await.unwrap().id, expected);
    }
    store.purge_document(3).await.unwrap();
    let next = db.documents().await.add_document(document("d")).await.unwrap();
    assert_eq!(next.id, 4);
    assert_eq!(store.get_document(4).await.unwrap(), Some(next));
    assert_eq!(store.get_document(3).await.unwrap(), None);
}

pub(crate) async fn documents_at_once_have_ids_of_their_own(db: &dyn Database) {
    let handles = [db.documents().await, db.documents().await];
    let added = (0..16).map(|at| handles[at % 2].add_document(document(&format!("{at}"))));
    let mut ids: Vec<u64> =
        join_all(added).await.into_iter().map(|added| added.unwrap().id).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=16).collect::<Vec<u64>>());
}

pub(crate) async fn a_title_is_taken_once_for_each_type(db: &dyn Database) {
    let store = db.documents().await;
    store.add_document(document("Keys")).await.unwrap();
    let again = store.add_document(document("Keys")).await;
    assert!(matches!(again, Err(Error::AlreadyExists("Document"))), "{again:?}");
    let spike = Document { kind: DocumentKind::Spike, ..document("Keys") };
    let mut spike = store.add_document(spike).await.unwrap();
    let found = store.find_document(DocumentKind::Spike, "Keys").await.unwrap();
    assert_eq!(found.as_ref(), Some(&spike));
    assert_eq!(store.find_document(DocumentKind::Adr, "Keys").await.unwrap(), None);
    spike.kind = DocumentKind::Rfc;
    let moved = store.update_document(spike).await;
    assert!(matches!(moved, Err(Error::AlreadyExists("Document"))), "{moved:?}");
}

pub(crate) async fn documents_are_found_by_status(db: &dyn Database) {
    let store = db.documents().await;
    for title in ["a", "b", "c"] {
        store.add_document(document(title)).await.unwrap();
    }
    let mut accepted = store.get_document(2).await.unwrap().unwrap();
    accepted.status = DocumentStatus::Accepted;
    store.update_document(accepted).await.unwrap();
    let drafts = store.documents_by_status(DocumentStatus::Draft).await.unwrap();
    assert_eq!(titles(&drafts), ["a", "c"]);
    let accepted = store.documents_by_status(DocumentStatus::Accepted).await.unwrap();
    assert_eq!(titles(&accepted), ["b"]);
}

pub(crate) async fn an_old_document_is_not_stored(db: &dyn Database) {
    let store = db.documents().await;
    let mut mine = store.add_document(document("a")).await.unwrap();
    let theirs = Document { content_hash: "f00".to_owned(), ..mine.clone() };
    let theirs = store.update_document(theirs).await.unwrap();
    mine.title.push_str(", changed");
    let outcome = store.update_document(mine).await;
    assert!(matches!(outcome, Err(Error::Conflict("Document"))), "{outcome:?}");
    assert_eq!(store.get_document(1).await.unwrap(), Some(theirs));
}

pub(crate) async fn a_deleted_document_is_restored_or_purged(db: &dyn Database) {
    let store = db.documents().await;
    store.add_document(document("a")).await.unwrap();
    store.delete_document(1).await.unwrap();
    assert_eq!(store.get_document(1).await.unwrap(), None);
    assert_eq!(store.find_document(DocumentKind::Rfc, "a").await.unwrap(), None);
    assert_eq!(store.documents_by_status(DocumentStatus::Draft).await.unwrap(), []);
    assert!(matches!(store.delete_document(1).await, Err(Error::NotFound("Document"))));
    let taken = store.add_document(document("a")).await;
    assert!(matches!(taken, Err(Error::AlreadyExists("Document"))), "{taken:?}");

    let restored = store.restore_document(1).await.unwrap();
    assert_eq!((restored.deleted_at, restored.revision.get()), (None, 3));
    assert_eq!(store.get_document(1).await.unwrap(), Some(restored));
    assert!(matches!(store.restore_document(1).await, Err(Error::NotFound("Document"))));

    store.delete_document(1).await.unwrap();
    store.purge_document(1).await.unwrap();
    assert!(matches!(store.purge_document(1).await, Err(Error::NotFound("Document"))));
    assert!(matches!(store.restore_document(1).await, Err(Error::NotFound("Document"))));
    assert!(store.add_document(document("a")).await.unwrap().id > 1);
}

pub(crate) async fn links_are_found_from_both_ends(db: &dyn Database) {
    let store = db.documents().await;
    for title in ["a", "b", "c"] {
        store.add_document(document(title)).await.unwrap();
    }
    let link = |source, target| {
        let kind = LinkKind::Implements;
        Link { source, target, kind, ..Link::default() }
    };
    for (source, target) in [(1, 2), (3, 2), (1, 3), (1, 2)] {
        store.add_link(link(source, target)).await.unwrap();
    }
    let targets: Vec<u64> =
        store.links_from(1).await.unwrap().iter().map(|link| link.target).collect();
    assert_eq!(targets, [2, 3]);
    let sources: Vec<u64> =
        store.links_to(2).await.unwrap().iter().map(|link| link.source).collect();
    assert_eq!(sources, [1, 3]);
    assert!(matches!(store.add_link(link(1, 9)).await, Err(Error::NotFound("Document"))));
}

pub(crate) async fn a_search_finds_words_or_is_unsupported(db: &dyn Database) {
    let store = db.documents().await;
    for title in ["Keys and ranges", "Ranges \"quoted\" OR not", "Streams"] {
        store.add_document(document(title)).await.unwrap();
    }
    if let Err(error) = store.search("ranges", 10).await {
        assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
        return;
    }
    let found = async |query, limit| -> Vec<u64> {
        let found = store.search(query, limit).await.unwrap();
        let mut ids: Vec<u64> = found.iter().map(|document| document.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(found("ranges", 10).await, [1, 2]);
    assert_eq!(found("RANGES keys", 10).await, [1]);
    assert_eq!(found("\"quoted\" OR", 10).await, [2]);
    assert_eq!(found("ranges", 1).await.len(), 1);
    assert_eq!(found("docs/streams.md", 10).await, [3]);
    assert_eq!(found("  ", 10).await, NONE);

    let first = store.get_document(1).await.unwrap().unwrap();
    let Document { title, path, .. } = document("Keys and orders");
    store.update_document(Document { title, path, ..first }).await.unwrap();
    assert_eq!(found("ranges", 10).await, [2]);
    assert_eq!(found("orders", 10).await, [1]);
    store.delete_document(2).await.unwrap();
    assert_eq!(found("ranges", 10).await, NONE);
    store.restore_document(2).await.unwrap();
    assert_eq!(found("ranges", 10).await, [2]);
    store.purge_document(2).await.unwrap();
    assert_eq!(found("ranges", 10).await, NONE);
    store.delete_document(3).await.unwrap();
    store.purge_document(3).await.unwrap();
    assert_eq!(found("streams", 10).await, NONE);
}
