//! Where a test's data lies, and the values that tests share.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use blue::dialogue::{Dialogue, Perspective, StoredDialogues, Tension};
use blue::document::StoredDocuments;
use blue::id::{DialogueId, ExpertSlug, Realm};
use blue::{DialogueStore, DocumentStore};
use futures_util::future::join_all;
use keyloom::engine::Engine;
use keyloom::memory::Memory;
use keyloom::{ManualClock, Timestamp};
use tokio::sync::Barrier;

/// One database, which lives as long as the test.
#[async_trait]
pub(crate) trait Database: keyloom_conformance::Database {
    /// An engine that is reached through a network, if there is one, that loses answers and requests.
    fn engine_far_away(&self) -> Box<dyn Engine> {
        self.engine()
    }

    /// Whether documents are found by their words.
    fn has_search(&self) -> bool {
        false
    }

    /// The documents of a realm, with a full-text search where the engine has one.
    async fn documents_of(&self, realm: &str) -> Box<dyn DocumentStore> {
        let store = StoredDocuments::open(self.engine(), realm.into()).await;
        Box::new(store.expect("it opens"))
    }

    /// The documents of `acme`.
    async fn documents(&self) -> Box<dyn DocumentStore> {
        self.documents_of("acme").await
    }
}

pub(crate) struct InMemory(Memory);

impl InMemory {
    pub(crate) fn new() -> Self {
        Self(Memory::new())
    }
}

impl keyloom_conformance::Database for InMemory {
    fn engine(&self) -> Box<dyn Engine> {
        Box::new(self.0.clone())
    }
}

impl Database for InMemory {}

pub(crate) struct InFile(tempfile::TempDir);

impl InFile {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }
}

impl keyloom_conformance::Database for InFile {
    fn engine(&self) -> Box<dyn Engine> {
        Box::new(keyloom::sqlite::Sqlite::at(self.0.path().join("blue.db")))
    }
}

/// Both tables lie in one file.
#[async_trait]
impl Database for InFile {
    fn has_search(&self) -> bool {
        true
    }

    async fn documents_of(&self, realm: &str) -> Box<dyn DocumentStore> {
        let path = self.0.path().join("blue.db");
        let path = path.display();
        let toml = format!(
            "realm = '{realm}'\nstorage.backend = 'sqlite'\nstorage.sqlite.path = '{path}'"
        );
        let config = toml.parse().expect("a configuration");
        blue::open_document_store(&config).await.expect("it opens")
    }
}

pub(crate) struct InDynamoDb(keyloom_dynamodb_engine::Endpoint);

impl InDynamoDb {
    pub(crate) fn new() -> Self {
        Self(keyloom_dynamodb_engine::Endpoint::fresh())
    }
}

impl InDynamoDb {
    fn engine_with(&self, client: keyloom::dynamodb::sdk::Client) -> Box<dyn Engine> {
        use keyloom::dynamodb::{CreateTable, DynamoDb};
        let engine = DynamoDb::new(client).table_prefix(self.0.prefix());
        Box::new(engine.create_table(CreateTable::on_demand()))
    }
}

impl keyloom_conformance::Database for InDynamoDb {
    fn engine(&self) -> Box<dyn Engine> {
        self.engine_with(self.0.client())
    }

    /// The engine in this process has no lag; any other may have.
    fn index_lag(&self) -> Duration {
        if self.0.is_external() { Duration::from_secs(10) } else { Duration::ZERO }
    }
}

impl Database for InDynamoDb {
    fn engine_far_away(&self) -> Box<dyn Engine> {
        let losing = keyloom_dynamodb_engine::Faults::losing(7, 0.2);
        self.engine_with(self.0.client_with(&losing))
    }
}

pub(crate) fn acme() -> Realm {
    Realm::from("acme")
}

/// So many seconds after the moment at which the tests' clocks begin.
pub(crate) fn second(second: i64) -> Timestamp {
    Timestamp::from_micros((1_772_366_400 + second) * 1_000_000).expect("a year before 10000")
}

pub(crate) fn clock() -> ManualClock {
    ManualClock::new(second(0))
}

/// What so many tasks do at the same moment, on threads of their own as far as there are.
pub(crate) async fn at_once<T, F>(tasks: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(tasks));
    let begun: Vec<_> = (0..tasks)
        .map(|at| {
            let (start, task) = (Arc::clone(&start), task(at));
            tokio::spawn(async move {
                start.wait().await;
                task.await
            })
        })
        .collect();
    join_all(begun).await.into_iter().map(|done| done.expect("no panic")).collect()
}

/// The dialogues of `acme`.
pub(crate) async fn dialogues(db: &dyn Database) -> Box<dyn DialogueStore> {
    dialogues_at(db, &clock()).await
}

pub(crate) async fn dialogues_at(db: &dyn Database, clock: &ManualClock) -> Box<dyn DialogueStore> {
    dialogues_on(db.engine(), clock).await
}

pub(crate) async fn dialogues_on(
    engine: Box<dyn Engine>,
    clock: &ManualClock,
) -> Box<dyn DialogueStore> {
    let store = StoredDialogues::open(engine, acme(), clock.clone()).await;
    Box::new(store.expect("it opens"))
}

/// The id of a new dialogue.
pub(crate) async fn begun(store: &dyn DialogueStore) -> DialogueId {
    store.create_dialogue(titled("A question")).await.expect("it is stored").id
}

pub(crate) fn titled(title: &str) -> Dialogue {
    Dialogue { title: title.to_owned(), ..Dialogue::default() }
}

pub(crate) fn expert(slug: &str) -> ExpertSlug {
    ExpertSlug::from(slug)
}

pub(crate) fn perspective(round: u16, label: &str) -> Perspective {
    Perspective {
        round,
        label: label.to_owned(),
        content: format!("{label}, at length"),
        contributors: ["muffin", "scone"].map(expert).into(),
        ..Perspective::default()
    }
}

pub(crate) fn tension(round: u16, label: &str) -> Tension {
    Tension {
        round,
        label: label.to_owned(),
        contributors: ["muffin"].map(expert).into(),
        ..Tension::default()
    }
}
