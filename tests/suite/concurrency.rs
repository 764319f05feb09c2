//! Many tasks on many threads at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keyloom::{ErrorKind, KeyPart, OfTenant, Record, Revision, Scope, Table};
use keyloom_conformance::{Database, eventually};
use tokio::task::JoinSet;

use crate::conformance::{InDynamoDb, InFile, InMemory};

#[derive(KeyPart, Clone, Debug, PartialEq)]
struct Account(String);

/// Every part of it says the same number, so a half-written one shows.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "counter#{id}",
    index(by_value, partition = "values", sort = "{value}"),
    index(one_name, unique, partition = "name#{name}")
)]
struct Counter {
    #[record(tenant)]
    account: Account,
    id: u32,
    value: u64,
    text: String,
    list: Vec<u64>,
    name: String,
    #[record(revision)]
    revision: Revision,
}

impl Counter {
    fn new(id: u32) -> Self {
        let mut counter = Self {
            account: Account::from("acme"),
            id,
            value: 0,
            text: String::new(),
            list: Vec::new(),
            name: String::new(),
            revision: Revision::ZERO,
        };
        counter.set(0);
        counter
    }

    fn set(&mut self, value: u64) {
        self.value = value;
        self.text = "x".repeat(usize::try_from(value).unwrap_or_default() % 5_000);
        self.list = vec![value; 10];
        self.name = format!("{} at {value}", self.id);
    }

    fn assert_whole(&self) {
        let mut expected = self.clone();
        expected.set(self.value);
        assert_eq!(*self, expected);
        assert_eq!(self.revision.get(), self.value + 1);
    }
}

#[derive(Table)]
#[table(name = "counters", tenant = Account, records(Counter))]
struct Counters;

type Counts = Scope<Counters, OfTenant<Account>>;

async fn open(database: &dyn Database) -> Counts {
    let store = Counters::open(database.engine()).await.expect("the table opens");
    store.tenant(&Account::from("acme"))
}

/// Runs a body on so many handles of one database.
async fn run(
    database: &dyn Database,
    handles: usize,
    body: impl AsyncFnOnce(&dyn Database, Vec<Counts>),
) {
    let mut opened = Vec::with_capacity(handles);
    for _ in 0..handles {
        opened.push(open(database).await);
    }
    body(database, opened).await;
}

/// Adds one, from what a conflict says is stored, until it succeeds.
async fn increment(counts: &Counts, id: u32) -> u64 {
    let mut counter = counts.get(Counter::key(id)).await.unwrap().expect("the counter is stored");
    let mut conflicts = 0;
    loop {
        let before = counter.clone();
        counter.set(counter.value + 1);
        let attempt = counter.clone();
        match counts.save(&mut counter).await {
            Ok(()) => return conflicts,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
                assert_eq!(counter, attempt, "a failed save changed the caller's struct");
                let conflict = error.into_conflict::<Counter>().unwrap();
                assert_eq!(conflict.expected, before.revision);
                assert!(conflict.actual > before.revision);
                counter = conflict.stored.unwrap();
                assert_eq!(counter.revision, conflict.actual);
                counter.assert_whole();
                conflicts += 1;
            }
        }
    }
}

/// 16 tasks of so many compare-and-set increments on one record.
async fn no_update_is_lost(database: &dyn Database, handles: Vec<Counts>, each: u32) {
    const TASKS: usize = 16;
    handles[0].insert(&mut Counter::new(1)).await.unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let counts = handles[task % handles.len()].clone();
        tasks.spawn(async move {
            let mut conflicts = 0;
            for _ in 0..each {
                conflicts += increment(&counts, 1).await;
            }
            conflicts
        });
    }
    let conflicts: u64 = tasks.join_all().await.into_iter().sum();
    let counter = handles[0].get(Counter::key(1)).await.unwrap().expect("the counter is stored");
    counter.assert_whole();
    assert_eq!(counter.value, TASKS as u64 * u64::from(each), "after {conflicts} conflicts");
    let indexed = async || handles[0].query(Counter::by_value()).all().await.unwrap();
    eventually(database, [counter], indexed).await;
}

/// Of 50 inserts of one key on many threads, exactly one wins, again and again.
async fn one_insert_wins(_: &dyn Database, handles: Vec<Counts>, rounds: u32) {
    for round in 0..rounds {
        let mut tasks = JoinSet::new();
        for task in 0..50 {
            let counts = handles[task % handles.len()].clone();
            tasks.spawn(async move {
                let mut counter = Counter::new(round);
                counter.name = format!("{round}/{task}");
                match counts.insert(&mut counter).await {
                    Ok(()) => Some(counter),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
                        assert!(counter.revision.is_new());
                        None
                    }
                }
            });
        }
        let winners: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1);
        let stored = handles[0].get(Counter::key(round)).await.unwrap();
        assert_eq!(stored.as_ref(), winners.first());
    }
}

/// Of 50 records with one unique value, exactly one is stored.
async fn one_unique_value_wins(database: &dyn Database, handles: Vec<Counts>, rounds: u32) {
    for round in 0..rounds {
        let mut tasks = JoinSet::new();
        for task in 0..50_u32 {
            let counts = handles[task as usize % handles.len()].clone();
            tasks.spawn(async move {
                let mut counter = Counter::new(round * 100 + task);
                counter.name = format!("name {round}");
                match counts.insert(&mut counter).await {
                    Ok(()) => true,
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::UniqueViolation, "{error}");
                        assert_eq!(error.constraint(), Some("one_name"));
                        false
                    }
                }
            });
        }
        let won = tasks.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1);
        let name = format!("name {round}");
        let holders = async || handles[0].query(Counter::one_name(&name)).count().await.unwrap();
        eventually(database, 1, holders).await;
    }
}

/// Readers by key, by index, by count and in read scopes never see a part of a write.
async fn readers_see_whole_records(database: &dyn Database, handles: Vec<Counts>, each: u32) {
    const RECORDS: u32 = 4;
    // An index that lags behind may miss a record that moves in it.
    let exact = database.index_lag().is_zero();
    for id in 0..RECORDS {
        handles[0].insert(&mut Counter::new(id)).await.unwrap();
    }
    let done = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for id in 0..RECORDS {
        let counts = handles[id as usize % handles.len()].clone();
        writers.spawn(async move {
            for _ in 0..each {
                assert_eq!(increment(&counts, id).await, 0, "nobody else writes this record");
            }
        });
    }
    let mut readers = JoinSet::new();
    for reader in 0..4 {
        let counts = handles[reader % handles.len()].clone();
        let done = Arc::clone(&done);
        readers.spawn(async move {
            let mut rounds = 0_u32;
            let mut newest = [0; RECORDS as usize];
            while !done.load(Ordering::Relaxed) || rounds < 5 {
                rounds += 1;
                for id in 0..RECORDS {
                    let found = counts.get(Counter::key(id)).await.unwrap().expect("it is stored");
                    found.assert_whole();
                    let newest = &mut newest[id as usize];
                    assert!(found.value >= *newest, "a read went back in time");
                    *newest = found.value;
                }
                let indexed = counts.query(Counter::by_value()).all().await.unwrap();
                indexed.iter().for_each(Counter::assert_whole);
                assert!(!exact || indexed.len() == RECORDS as usize);
                assert!(indexed.is_sorted_by_key(|counter| counter.value));
                let reads = counts.read_scope().await.unwrap();
                let many = reads.get_many((0..RECORDS).map(Counter::key)).await.unwrap();
                many.iter().flatten().for_each(Counter::assert_whole);
                assert_eq!(many.iter().flatten().count(), RECORDS as usize);
                let counted = reads.query(Counter::by_value()).count().await.unwrap();
                assert!(!exact || counted == RECORDS as usize);
                tokio::task::yield_now().await;
            }
            rounds
        });
    }
    writers.join_all().await;
    done.store(true, Ordering::Relaxed);
    readers.join_all().await;
    for id in 0..RECORDS {
        let found = handles[0].get(Counter::key(id)).await.unwrap().expect("it is stored");
        assert_eq!(found.value, u64::from(each));
    }
}

/// Each body with how often it does what it does, and how often on DynamoDB: there a failed
/// compare-and-set is a request, and the tasks fail more often than they succeed.
macro_rules! on_each_engine {
    ($($test:ident($rounds:expr, $on_dynamodb:expr))*) => {
        mod memory {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $test() {
                    super::run(&super::InMemory::new(), 1, async |database, handles| {
                        super::$test(database, handles, $rounds).await;
                    })
                    .await;
                }
            )*
        }

        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $test() {
                    super::run(&super::InFile::new(), 1, async |database, handles| {
                        super::$test(database, handles, $rounds).await;
                    })
                    .await;
                }
            )*
        }

        /// Two handles on one file, in one process.
        mod sqlite_twice {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $test() {
                    super::run(&super::InFile::new(), 2, async |database, handles| {
                        super::$test(database, handles, $rounds).await;
                    })
                    .await;
                }
            )*
        }

        /// Two handles on one table.
        mod dynamodb_twice {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $test() {
                    super::run(&super::InDynamoDb::new(), 2, async |database, handles| {
                        super::$test(database, handles, $on_dynamodb).await;
                    })
                    .await;
                }
            )*
        }
    };
}

on_each_engine! {
    no_update_is_lost(1_000, 50)
    one_insert_wins(20, 20)
    one_unique_value_wins(10, 10)
    readers_see_whole_records(250, 250)
}
