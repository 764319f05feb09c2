//! What may go wrong between a program and DynamoDB, and what the program is told.
//!
//! The engine is a real one; the network in front of it fails on command.

mod hanging;
mod kinds;
mod late;
mod lost_answers;
mod stale;
mod throttling;
mod versions;
mod window;

use std::collections::HashSet;
use std::fmt::Debug;

use keyloom::dynamodb::{CreateTable, DynamoDb};
use keyloom::{Global, InScope, Key, Lists, Record, Revision, Scope, Table};
use keyloom_dynamodb_engine::faults::{Exchange, Request, rules};
use keyloom_dynamodb_engine::{Endpoint, Fault, Faults};

/// Guarded by its revision.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    global,
    partition = "counter#{id}",
    index(by_value, partition = "values", sort = "{value}#{id}")
)]
struct Counter {
    id: u32,
    value: u64,
    mark: String,
    #[record(revision)]
    revision: Revision,
}

/// With a unique value, so that its writes are transactions.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "named#{id}", index(one_name, unique, partition = "name#{name}"))]
struct Named {
    id: u32,
    name: String,
    value: u64,
    mark: String,
    #[record(revision)]
    revision: Revision,
}

/// Without a revision, so that a save of it is an upsert.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "note#{id}")]
struct Note {
    id: u32,
    mark: String,
}

#[derive(Table)]
#[table(name = "faults", records(Counter, Named, Note))]
struct Records;

type All = Scope<Records, Global>;

/// A record that a test writes again and again. Its mark names the write that stored it.
trait Subject: Record + InScope<Global> + Clone + Debug + PartialEq + Send {
    fn blank(id: u32) -> Self;
    fn key_of(&self) -> Key<Self>;
    fn mark(&mut self) -> &mut String;
    /// Changes it, in one of two ways; `salt` makes what must be unique unique.
    fn change(&mut self, roll: u64, salt: &str);
}

impl Subject for Counter {
    fn blank(id: u32) -> Self {
        Self { id, value: 0, mark: String::new(), revision: Revision::ZERO }
    }

    fn key_of(&self) -> Key<Self> {
        Self::key(self.id)
    }

    fn mark(&mut self) -> &mut String {
        &mut self.mark
    }

    fn change(&mut self, _: u64, _: &str) {
        self.value += 1;
    }
}

impl Subject for Named {
    fn blank(id: u32) -> Self {
        let (name, mark) = (format!("name {id}"), String::new());
        Self { id, name, value: 0, mark, revision: Revision::ZERO }
    }

    fn key_of(&self) -> Key<Self> {
        Self::key(self.id)
    }

    fn mark(&mut self) -> &mut String {
        &mut self.mark
    }

    fn change(&mut self, roll: u64, salt: &str) {
        self.value += 1;
        if roll & 1 == 0 {
            self.name = format!("name {} {salt}", self.id);
        }
    }
}

impl Subject for Note {
    fn blank(id: u32) -> Self {
        Self { id, mark: String::new() }
    }

    fn key_of(&self) -> Key<Self> {
        Self::key(self.id)
    }

    fn mark(&mut self) -> &mut String {
        &mut self.mark
    }

    fn change(&mut self, _: u64, _: &str) {}
}

/// A database of its own with the table in it.
struct Place {
    endpoint: Endpoint,
}

impl Place {
    async fn new() -> Self {
        let endpoint = Endpoint::fresh();
        let engine = DynamoDb::new(endpoint.client()).table_prefix(endpoint.prefix());
        let engine = engine.create_table(CreateTable::on_demand());
        Records::open(engine).await.expect("the table is created");
        Self { endpoint }
    }

    fn engine(&self, faults: &Faults) -> DynamoDb {
        let client = self.endpoint.client_with(faults);
        DynamoDb::new(client).table_prefix(self.endpoint.prefix())
    }

    /// A handle of its own behind `faults`, which see no request of the opening.
    async fn open(&self, faults: &Faults) -> All {
        open(self.engine(faults)).await
    }

    /// So many, or a tenth of it where the engine is another program, which answers more slowly.
    fn many(&self, number: u32) -> u32 {
        if self.endpoint.is_external() { number / 10 } else { number }
    }

    /// A handle of its own on a network without faults.
    async fn calm(&self) -> All {
        self.open(&Faults::none()).await
    }
}

async fn open(engine: DynamoDb) -> All {
    Records::open(engine.unchecked()).await.expect("nothing is asked").global()
}

/// The stored record of a subject's key.
async fn stored<S: Subject>(scope: &All, subject: &S) -> Option<S>
where
    Records: Lists<S>,
{
    scope.get(subject.key_of()).await.expect("it is read")
}

/// How often the engine applied a write, of all that were sent: once for each request that it accepted,
/// and of a transaction once for each token.
fn applied<'e>(exchanges: impl IntoIterator<Item = &'e Exchange>) -> usize {
    let mut tokens = HashSet::new();
    let accepted = exchanges
        .into_iter()
        .filter(|exchange| exchange.request().is_write() && exchange.engine_status() == Some(200));
    accepted
        .filter(|exchange| match &exchange.request().json()["ClientRequestToken"] {
            serde_json::Value::String(token) => tokens.insert(token.clone()),
            _ => true,
        })
        .count()
}

/// Gives the first transaction a fault.
fn first_transaction(fault: Fault) -> impl Fn(&Request, usize) -> Fault {
    rules::first("TransactWriteItems", 1, fault)
}
