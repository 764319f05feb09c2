//! `kill -9` in the middle of what belongs together leaves all of it or nothing.

use std::path::Path;
use std::time::Duration;

use keyloom::sqlite::Sqlite;
use keyloom::{Collection, Global, Record, Revision, Scope, Table};

use super::{assert_intact, file, runtime, temporary};
use crate::child;

const TASKS: u32 = 4;
const ROUNDS: u32 = 8;
const ACCOUNTS: u32 = 6;
const COINS: i64 = 100;

#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "accounts", sort = "{id}")]
struct Account {
    id: u32,
    coins: i64,
    #[record(revision)]
    revision: Revision,
}

/// A transfer, numbered, with a name that nobody else may have.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "transfers", sort = "{number}")]
struct Transfer {
    #[record(sequence)]
    number: u64,
    #[record(unique)]
    name: String,
    event: u64,
    #[record(revision)]
    revision: Revision,
}

/// The event of a transfer.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, stream, partition = "events", sort = "{number}")]
struct Event {
    #[record(sequence)]
    number: u64,
    name: String,
}

/// What a partition that is deleted again and again holds.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "scratch#{task}", sort = "{id}")]
struct Scratch {
    task: u32,
    id: u32,
}

#[derive(Collection, Clone, Debug, PartialEq)]
enum ScratchItem {
    Scratch(Scratch),
}

#[derive(Table)]
#[table(name = "bank", records(Account, Transfer, Event, Scratch))]
struct Bank;

type Records = Scope<Bank, Global>;

async fn open(path: &Path) -> Records {
    Bank::open(Sqlite::at(path)).await.expect("it opens").global()
}

/// Transfers coins, with a record and an event of each transfer, until it is killed.
#[test]
#[ignore = "run and killed by `kill_9_leaves_whole_transactions`"]
fn child_that_is_killed() {
    let (Some(path), Some(round)) = (child::argument("path"), child::argument("round")) else {
        return;
    };
    let round: u32 = round.parse().expect("a number");
    runtime(4).block_on(async {
        let records = open(Path::new(&path)).await;
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| tokio::spawn(transfer_until_killed(records.clone(), task, round)))
            .collect();
        for task in tasks {
            task.await.expect("the task goes on");
        }
    });
}

async fn transfer_until_killed(records: Records, task: u32, round: u32) {
    for step in 0..100_000 {
        let name = format!("{round}/{task}/{step}");
        let (from, to) = ((task + step) % ACCOUNTS, (task + 2 * step + 1) % ACCOUNTS);
        if from != to {
            let mut transfer =
                Transfer { number: 0, name: name.clone(), event: 0, revision: Revision::ZERO };
            let mut event = Event { number: 0, name: name.clone() };
            let commit = records
                .transaction()
                .update(Account::key(from).patch().subtract(Account::COINS, 1))
                .insert(&mut transfer)
                .append(&mut event)
                .update(Account::key(to).patch().add(Account::COINS, 1))
                .idempotency_token(name)
                .commit();
            commit.await.expect("it is committed");
            child::tell(&format!("transferred {} {}", transfer.number, event.number));
        }
        let stream = records.stream(Event::stream());
        let mut pair = [0, 1].map(|at| Event { number: 0, name: format!("pair {at}") });
        let last = stream.append_all(&mut pair).await.expect("they are appended");
        child::tell(&format!("appended {last}"));
        let mut scratch: Vec<Scratch> = (0..30).map(|id| Scratch { task, id }).collect();
        records.save_all(&mut scratch).await.expect("they are saved");
        records.delete_partition(ScratchItem::partition(task)).await.expect("they are deleted");
        child::tell(&format!("cleared {task}"));
    }
}

/// What the children of all rounds said.
#[derive(Default)]
struct Heard {
    transfers: Vec<(u64, u64)>,
    appended: u64,
    cleared: usize,
}

impl Heard {
    fn line(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<u64>().expect("a number");
        match words[0] {
            "transferred" => self.transfers.push((number(1), number(2))),
            "appended" => self.appended = self.appended.max(number(1)),
            "cleared" => self.cleared += 1,
            other => panic!("the child said {other}"),
        }
    }

    async fn check(&self, records: &Records) {
        let accounts = records.query(Account::partition()).all().await.unwrap();
        let coins: i64 = accounts.iter().map(|account| account.coins).sum();
        assert_eq!(coins, COINS * i64::from(ACCOUNTS));
        let transfers = records.query(Transfer::partition()).all().await.unwrap();
        let moves: u64 = accounts.iter().map(|account| account.revision.get() - 1).sum();
        assert_eq!(moves, 2 * transfers.len() as u64, "a transfer without its record");

        let stream = records.stream(Event::stream());
        let events = stream.read_from(1).limit(1_000_000).await.unwrap();
        let last = stream.last_seq().await.unwrap();
        assert_eq!(events.len() as u64, last, "the stream has a hole");
        assert!(last >= self.appended);
        for (at, event) in events.iter().enumerate().filter(|(_, event)| event.name == "pair 0") {
            assert_eq!(events[at + 1].name, "pair 1", "half of a pair after {}", event.number);
        }
        let mut of_transfers: Vec<&str> =
            events.iter().map(|event| &*event.name).filter(|name| name.contains('/')).collect();
        of_transfers.sort_unstable();
        let mut names: Vec<&str> = transfers.iter().map(|transfer| &*transfer.name).collect();
        names.sort_unstable();
        assert_eq!(of_transfers, names);
        for (number, event) in &self.transfers {
            assert!(transfers.iter().any(|transfer| transfer.number == *number), "{number}");
            assert!(*event <= last);
        }
    }
}

#[test]
fn kill_9_leaves_whole_transactions() {
    let directory = temporary();
    let path = file(&directory);
    let runtime = runtime(1);
    runtime.block_on(async {
        let records = open(&path).await;
        for id in 0..ACCOUNTS {
            let mut account = Account { id, coins: COINS, revision: Revision::ZERO };
            records.insert(&mut account).await.unwrap();
        }
    });
    let mut heard = Heard::default();
    for round in 0..ROUNDS {
        let (of_round, path_text) = (round.to_string(), path.to_string_lossy());
        let arguments = [("path", &*path_text), ("round", &*of_round)];
        let mut child =
            child::Talk::start("durability::together::child_that_is_killed", &arguments);
        for _ in 0..20 + 7 * round {
            heard.line(&child.hear().expect("the child goes on until it is killed"));
        }
        std::thread::sleep(Duration::from_micros(u64::from(round) * 731 % 5_000));
        child.kill();
        while let Some(line) = child.hear() {
            heard.line(&line);
        }
        runtime.block_on(async {
            let records = open(&path).await;
            heard.check(&records).await;
            // A number that was taken is not given again, whether its record was stored or not.
            let mut next = Transfer {
                number: 0,
                name: format!("after {round}"),
                event: 0,
                revision: Revision::ZERO,
            };
            records.insert(&mut next).await.unwrap();
            assert!(heard.transfers.iter().all(|(number, _)| *number < next.number));
            records.delete(&next).await.unwrap();
            for task in 0..TASKS {
                records.delete_partition(ScratchItem::partition(task)).await.unwrap();
                assert_eq!(records.query(Scratch::partition(task)).count().await.unwrap(), 0);
            }
        });
        assert_intact(&path);
    }
    assert!(!heard.transfers.is_empty() && heard.appended > 0 && heard.cleared > 0);
}
