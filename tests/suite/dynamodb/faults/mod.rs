//! What may go wrong between a program and DynamoDB, and what the program is told.
//!
//! The engine is a real one; the network in front of it fails on command.

mod hanging;
mod kinds;
mod late;
mod lost_answers;
mod stale;
mod steps;
mod streams;
mod throttling;
mod transactions;
mod updates;
mod versions;
mod window;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Debug;

use keyloom::dynamodb::{CreateTable, DynamoDb};
use keyloom::{
    Collection, Global, InScope, Key, ListedIn, Record, Revision, Scope, Table, Timestamp, Writable,
};
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

/// What updates count and collect; none of them need read it first.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "purse#{id}")]
struct Purse {
    id: u32,
    coins: i64,
    labels: Vec<String>,
    tags: BTreeSet<String>,
    mark: String,
    #[record(revision)]
    revision: Revision,
}

impl Purse {
    fn new(id: u32, coins: i64) -> Self {
        let (labels, tags, mark) = (Vec::new(), BTreeSet::new(), String::new());
        Self { id, coins, labels, tags, mark, revision: Revision::ZERO }
    }
}

/// Deleted softly, with a unique value.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "paper#{id}")]
struct Paper {
    id: u32,
    #[record(unique)]
    title: String,
    #[record(deleted)]
    deleted: Option<Timestamp>,
    #[record(revision)]
    revision: Revision,
}

/// Numbered.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "desk#{desk}", sort = "{number}")]
struct Ticket {
    desk: u32,
    #[record(sequence)]
    number: u64,
    mark: String,
    #[record(revision)]
    revision: Revision,
}

impl Ticket {
    fn new(desk: u32, mark: impl Into<String>) -> Self {
        Self { desk, number: 0, mark: mark.into(), revision: Revision::ZERO }
    }
}

/// All of a desk.
#[derive(Collection, Clone, Debug, PartialEq)]
enum OfDesk {
    Ticket(Ticket),
}

/// What is appended to a stream.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, stream, partition = "log#{log}", sort = "{number}")]
struct Event {
    log: u32,
    #[record(sequence)]
    number: u64,
    text: String,
}

impl Event {
    fn new(log: u32, text: impl Into<String>) -> Self {
        Self { log, number: 0, text: text.into() }
    }
}

#[derive(Table)]
#[table(name = "faults", records(Counter, Named, Note, Purse, Paper, Ticket, Event))]
struct Records;

type All = Scope<Records, Global>;

/// A record that a test writes again and again. Its mark names the write that stored it.
trait Subject:
    Writable + InScope<Global> + ListedIn<Records> + Clone + Debug + PartialEq + Send
{
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
async fn stored<S: Subject>(scope: &All, subject: &S) -> Option<S> {
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

/// The mark that a request carries.
fn mark_of(request: &Request) -> Option<String> {
    let body = String::from_utf8_lossy(request.body());
    let from = body.find('~')?;
    let length = body[from + 1..].find('~')?;
    Some(body[from..from + length + 2].to_owned())
}

/// What the engine says of each write, by its mark: how often it was applied.
fn applied_by_mark(exchanges: Vec<Exchange>) -> HashMap<String, usize> {
    let mut by_mark: HashMap<String, Vec<Exchange>> = HashMap::new();
    for exchange in exchanges {
        if let Some(mark) = mark_of(exchange.request()) {
            by_mark.entry(mark).or_default().push(exchange);
        }
    }
    by_mark.into_iter().map(|(mark, exchanges)| (mark, applied(&exchanges))).collect()
}

/// Gives the first transaction a fault.
fn first_transaction(fault: Fault) -> impl Fn(&Request, usize) -> Fault {
    rules::first("TransactWriteItems", 1, fault)
}
