//! Documents and links.

use std::sync::Arc;

use blue::document::{Document, DocumentKind, DocumentStatus, Link, LinkKind, StoredDocuments};
use blue::{DocumentStore, Error};
use keyloom_conformance::eventually;

use crate::harness::{Database, acme, at_once, begun, dialogues, second, tension};

/// No ids.
const NONE: [u64; 0] = [];

fn document(title: &str) -> Document {
    let path = format!("docs/{}.md", title.to_lowercase().replace(' ', "-"));
    Document { title: title.to_owned(), path, ..Document::default() }
}

async fn titles(store: &dyn DocumentStore, status: DocumentStatus) -> Vec<String> {
    let found = store.documents_by_status(status).await.unwrap();
    found.into_iter().map(|document| document.title).collect()
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
    let handles: [Arc<dyn DocumentStore>; 2] =
        [db.documents().await.into(), db.documents().await.into()];
    let added = at_once(16, |at| {
        let store = Arc::clone(&handles[at % 2]);
        async move { store.add_document(document(&format!("{at}"))).await }
    });
    let mut ids: Vec<u64> = added.await.into_iter().map(|added| added.unwrap().id).collect();
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
    let found = async || store.find_document(DocumentKind::Spike, "Keys").await.unwrap();
    eventually(db, Some(spike.clone()), found).await;
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
    for (status, expected) in
        [(DocumentStatus::Draft, &["a", "c"][..]), (DocumentStatus::Accepted, &["b"])]
    {
        eventually(db, expected, async || titles(&*store, status).await).await;
    }
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
    // What was not read is not there to change, and no update deletes.
    let made_up = Document { id: 77, ..document("made up") };
    let outcome = store.update_document(made_up).await;
    assert!(matches!(outcome, Err(Error::NotFound("Document"))), "{outcome:?}");
    let mut read = store.get_document(1).await.unwrap().unwrap();
    (read.realm, read.deleted_at) = ("".into(), Some(second(0)));
    assert_eq!(store.update_document(read.clone()).await.unwrap().deleted_at, None);
    let again = Document { title: "again".to_owned(), ..read };
    let added = store.add_document(again).await.unwrap();
    assert_eq!(store.get_document(added.id).await.unwrap(), Some(added));
}

pub(crate) async fn a_deleted_document_is_restored_or_purged(db: &dyn Database) {
    let store = db.documents().await;
    store.add_document(document("a")).await.unwrap();
    store.delete_document(1).await.unwrap();
    assert_eq!(store.get_document(1).await.unwrap(), None);
    let found = async || store.find_document(DocumentKind::Rfc, "a").await.unwrap();
    eventually(db, None, found).await;
    eventually(db, [""; 0], async || titles(&*store, DocumentStatus::Draft).await).await;
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
    let sources = async || -> Vec<u64> {
        store.links_to(2).await.unwrap().iter().map(|link| link.source).collect()
    };
    eventually(db, [1, 3], sources).await;
    assert!(matches!(store.add_link(link(1, 9)).await, Err(Error::NotFound("Document"))));
}

pub(crate) async fn a_search_finds_words_or_is_unsupported(db: &dyn Database) {
    let store = db.documents().await;
    for title in ["Keys and ranges", "Ranges \"quoted\" OR not", "Streams"] {
        store.add_document(document(title)).await.unwrap();
    }
    if !db.has_search() {
        let found = store.search("ranges", 10).await;
        assert!(matches!(found, Err(Error::Unsupported(_))), "{found:?}");
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

    // The best comes first, and another realm's is none.
    let long = format!("Streams, {}", "and much besides, ".repeat(20));
    for title in [&*long, "Streams"] {
        store.add_document(document(title)).await.unwrap();
    }
    let theirs = db.documents_of("other").await;
    theirs.add_document(document("Streams")).await.unwrap();
    let best = store.search("streams", 10).await.unwrap();
    assert_eq!(
        best.iter().map(|document| &*document.title).collect::<Vec<_>>(),
        ["Streams", &long]
    );
    assert_eq!(theirs.search("streams", 10).await.unwrap().len(), 1);
}

/// Documents that were stored before there was a search are found by it.
pub(crate) async fn a_search_finds_what_was_there_before(db: &dyn Database) {
    let without = StoredDocuments::open(db.engine(), acme()).await.unwrap();
    for title in ["Keys", "Streams"] {
        without.add_document(document(title)).await.unwrap();
    }
    without.delete_document(2).await.unwrap();
    if db.has_search() {
        let store = db.documents().await;
        assert_eq!(store.search("keys", 10).await.unwrap()[0].id, 1);
        assert_eq!(store.search("streams", 10).await.unwrap(), []);
        store.restore_document(2).await.unwrap();
        assert_eq!(store.search("streams", 10).await.unwrap().len(), 1);
    }
}

/// The stores of both domains share a database and nothing in it.
pub(crate) async fn dialogues_and_documents_share_a_database(db: &dyn Database) {
    let (documents, dialogues) = (db.documents().await, dialogues(db).await);
    let id = begun(&*dialogues).await;
    for number in 1..=3 {
        let title = number.to_string();
        assert_eq!(documents.add_document(document(&title)).await.unwrap().id, number);
        let tension = dialogues.register_tension(&id, tension(0, &title)).await.unwrap();
        assert_eq!(u64::from(tension.seq), number);
    }
    assert_eq!(dialogues.delete_dialogue(&id).await.unwrap(), 7);
    assert_eq!(documents.get_document(3).await.unwrap().unwrap().title, "3");
    assert_eq!(documents.add_document(document("4")).await.unwrap().id, 4);
}
