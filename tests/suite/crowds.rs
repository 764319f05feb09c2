//! Updates, transactions, numbers and events by many tasks on many threads at once.

use keyloom::{ErrorKind, KeyPart, OfTenant, Record, Revision, Scope, Table};
use keyloom_conformance::Database;
use tokio::task::JoinSet;

use crate::conformance::{InDynamoDb, InFile, InMemory};

#[derive(KeyPart, Clone, Debug, PartialEq)]
struct Account(String);

/// What is counted, in an index that the count moves.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "purses",
    sort = "{id}",
    index(by_coins, partition = "coins", sort = "{coins}")
)]
struct Purse {
    #[record(tenant)]
    account: Account,
    id: u32,
    coins: i64,
    visits: u32,
    #[record(revision)]
    revision: Revision,
}

/// What is numbered.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "tickets#{desk}", sort = "{number}")]
struct Ticket {
    #[record(tenant)]
    account: Account,
    desk: String,
    #[record(sequence)]
    number: u64,
    #[record(revision)]
    revision: Revision,
}

#[derive(Record, Clone, Debug, PartialEq)]
#[record(stream, partition = "log#{desk}", sort = "{number}")]
struct Line {
    #[record(tenant)]
    account: Account,
    desk: String,
    #[record(sequence)]
    number: u64,
    text: String,
}

#[derive(Table)]
#[table(name = "crowds", tenant = Account, records(Purse, Ticket, Line))]
struct Crowds;

type Crowd = Scope<Crowds, OfTenant<Account>>;

fn acme() -> Account {
    Account::from("acme")
}

fn purse(id: u32, coins: i64) -> Purse {
    Purse { account: acme(), id, coins, visits: 0, revision: Revision::ZERO }
}

async fn run(
    database: &dyn Database,
    handles: usize,
    body: impl AsyncFnOnce(&dyn Database, Vec<Crowd>),
) {
    let mut opened = Vec::with_capacity(handles);
    for _ in 0..handles {
        let store = Crowds::open(database.engine()).await.expect("the table opens");
        opened.push(store.tenant(&acme()));
    }
    body(database, opened).await;
}

const TASKS: u32 = 16;

/// Increments of one record by 16 tasks: every returned value differs, and the sum is exact. Every
/// second one moves the key of an index that another field feeds.
async fn increments_add_up(_: &dyn Database, handles: Vec<Crowd>, each: u32) {
    handles[0].insert(&mut purse(1, 0)).await.unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let crowd = handles[task as usize % handles.len()].clone();
        tasks.spawn(async move {
            let mut seen = Vec::new();
            for round in 0..each {
                let update = crowd.update(Purse::key(1)).add(Purse::VISITS, 1);
                let update = if round % 2 == 0 { update.add(Purse::COINS, 2) } else { update };
                seen.push(update.await.unwrap());
            }
            assert!(seen.is_sorted_by_key(|purse| purse.visits));
            seen
        });
    }
    let seen: Vec<Purse> = tasks.join_all().await.into_iter().flatten().collect();
    let mut visits: Vec<u32> = seen.iter().map(|purse| purse.visits).collect();
    visits.sort_unstable();
    assert_eq!(visits, (1..=TASKS * each).collect::<Vec<u32>>());
    assert!(seen.iter().all(|purse| purse.revision.get() == u64::from(purse.visits) + 1));
    let last = handles[0].get(Purse::key(1)).await.unwrap().expect("it is stored");
    assert_eq!(last.visits, TASKS * each);
    assert_eq!(last.coins, i64::from(TASKS * each.div_ceil(2) * 2));
}

/// Transfers between purses: no coin is made or lost, no purse is overdrawn, and who looks at one
/// moment sees the same sum.
async fn transfers_keep_the_sum(_: &dyn Database, handles: Vec<Crowd>, each: u32) {
    const PURSES: u32 = 5;
    const COINS: i64 = 20;
    for id in 0..PURSES {
        handles[0].insert(&mut purse(id, COINS)).await.unwrap();
    }
    let mut tasks = JoinSet::new();
    for task in 0..8 {
        let crowd = handles[task as usize % handles.len()].clone();
        tasks.spawn(async move {
            let mut made = 0;
            for round in 0..each {
                let (from, to) = ((task + round) % PURSES, (task + 3 * round + 1) % PURSES);
                if from == to {
                    continue;
                }
                let amount = i64::from(round % 7) + 1;
                let take = Purse::key(from).patch().subtract(Purse::COINS, amount);
                let commit = crowd
                    .transaction()
                    .update(take.when(Purse::COINS.ge(amount)))
                    .update(Purse::key(to).patch().add(Purse::COINS, amount))
                    .commit()
                    .await;
                match commit {
                    Ok(_) => made += 1,
                    Err(error) => assert_eq!(error.kind(), ErrorKind::ConditionFailed, "{error}"),
                }
                let purses = (0..PURSES).map(Purse::key).collect::<Vec<_>>();
                let purses = crowd.get_atomic(purses).await.unwrap();
                let coins = purses.into_iter().map(|purse| purse.expect("it is stored").coins);
                assert_eq!(coins.sum::<i64>(), COINS * i64::from(PURSES));
            }
            made
        });
    }
    let made: u32 = tasks.join_all().await.into_iter().sum();
    assert!(made > 0);
    let purses = handles[0].query(Purse::partition()).all().await.unwrap();
    assert!(purses.iter().all(|purse| purse.coins >= 0));
    let moves: u64 = purses.iter().map(|purse| purse.revision.get() - 1).sum();
    assert_eq!(moves, u64::from(made) * 2);
}

/// Numbers of one sequence by 16 tasks, one by one and in batches: each is given once.
async fn numbers_are_given_once(_: &dyn Database, handles: Vec<Crowd>, each: u32) {
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let crowd = handles[task as usize % handles.len()].clone();
        tasks.spawn(async move {
            let new = || Ticket {
                account: acme(),
                desk: "d".into(),
                number: 0,
                revision: Revision::ZERO,
            };
            let mut numbers = Vec::new();
            for _ in 0..each {
                let mut one = new();
                crowd.insert(&mut one).await.unwrap();
                let mut batch = [new(), new(), new()];
                for outcome in crowd.insert_all(&mut batch).await.unwrap() {
                    outcome.unwrap();
                }
                numbers.push(one.number);
                numbers.extend(batch.map(|ticket| ticket.number));
            }
            assert!(numbers.is_sorted());
            numbers
        });
    }
    let mut numbers: Vec<u64> = tasks.join_all().await.into_iter().flatten().collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=u64::from(TASKS * each * 4)).collect::<Vec<u64>>());
    let stored = handles[0].query(Ticket::partition("d")).count().await.unwrap();
    assert_eq!(stored, numbers.len());
}

/// Fifty appends at once, alone and as lists: the numbers have no hole and none is given twice, and each
/// list stands together.
async fn events_have_no_hole(_: &dyn Database, handles: Vec<Crowd>, rounds: u32) {
    for round in 0..rounds {
        let desk = format!("desk {round}");
        let mut tasks = JoinSet::new();
        for task in 0..50_u32 {
            let crowd = handles[task as usize % handles.len()].clone();
            let desk = desk.clone();
            tasks.spawn(async move {
                let stream = crowd.stream(Line::stream(&desk));
                let count = if task % 5 == 0 { 3 } else { 1 };
                let line =
                    Line { account: acme(), desk: desk.clone(), number: 0, text: task.to_string() };
                let mut lines = vec![line; count];
                let last = stream.append_all(&mut lines).await.unwrap();
                let numbers: Vec<u64> = lines.iter().map(|line| line.number).collect();
                assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{numbers:?}");
                assert_eq!(numbers.last(), Some(&last));
                lines
            });
        }
        let mut lines: Vec<Line> = tasks.join_all().await.into_iter().flatten().collect();
        lines.sort_by_key(|line| line.number);
        let numbers: Vec<u64> = lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, (1..=70).collect::<Vec<u64>>());
        let stream = handles[0].stream(Line::stream(&desk));
        assert_eq!(stream.read_from(1).await.unwrap(), lines);
        assert_eq!(stream.last_seq().await.unwrap(), 70);
    }
}

/// Each body with how often it does what it does, and how often on DynamoDB.
macro_rules! on_each_engine {
    ($($test:ident($rounds:expr, $on_dynamodb:expr))*) => {
        mod memory {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $test() {
                    super::run(&super::InMemory::new(), 2, async |database, handles| {
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
                    super::run(&super::InFile::new(), 2, async |database, handles| {
                        super::$test(database, handles, $rounds).await;
                    })
                    .await;
                }
            )*
        }

        mod dynamodb {
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
    increments_add_up(100, 20)
    transfers_keep_the_sum(60, 10)
    numbers_are_given_once(20, 6)
    events_have_no_hole(10, 2)
}
