//! Runs a program on several engines and compares what each step answers.

mod queries;
mod streams;
mod transactions;
mod writes;

use std::fmt::Debug;
use std::time::{Duration, Instant};

use keyloom::{Error, ManualClock, OfTenant, Record, Result, Scope, Store, Table};
use keyloom_conformance::{Database, block_on, second};

use self::queries::{Ask, Reads};
use super::domain::{
    Account, Any, Event, Item, Memo, Paper, Programs, ShelfItem, Slot, Task, Token, with_record,
};
use super::fuzzed::Fuzzed;
use super::program::{Batch, Partition, Query, Run, Select, Step, with_batch};

pub(super) type Owned = Scope<Programs, OfTenant<Account>>;

/// Runs the steps on all engines; the first difference, in words.
pub(super) fn differences(steps: &[Step], engines: &[&dyn Database]) -> Result<(), String> {
    block_on(async {
        let clock = ManualClock::new(second(0));
        let mut stores = Vec::with_capacity(engines.len());
        for database in engines {
            let store = Programs::open(database.engine()).clock(clock.clone()).await;
            stores.push(store.map_err(|error| format!("the table does not open: {error}"))?);
        }
        for (at, step) in steps.iter().enumerate() {
            if let Step::Advance { seconds } = step {
                clock.advance(Duration::from_secs(seconds.unsigned_abs()));
                continue;
            }
            compare(&format!("step {at}, {step:?}"), step, &stores, engines).await?;
        }
        for step in sweep() {
            compare(&format!("after the last step, {step:?}"), &step, &stores, engines).await?;
        }
        Ok(())
    })
}

/// Runs a step on each engine and compares the answers. A query is asked again as long as an index may
/// lag behind.
async fn compare(
    what: &str,
    step: &Step,
    stores: &[Store<Programs>],
    engines: &[&dyn Database],
) -> Result<(), String> {
    let lag = engines.iter().map(|database| database.index_lag()).max().unwrap_or_default();
    let deadline = Instant::now() + lag;
    loop {
        let answers = answers(step, stores).await;
        if answers.iter().all(|answer| *answer == answers[0]) {
            return Ok(());
        }
        if !matches!(step, Step::Query { .. }) || Instant::now() >= deadline {
            return Err(format!("{what}\n  {}\n", answers.join("\n  ")));
        }
        engines[0].pause(Duration::from_millis(50)).await;
    }
}

/// Reads that return all that a program left behind.
fn sweep() -> Vec<Step> {
    let mut steps = Vec::new();
    for account in ["a", "a#", "a#b", "a%23", "A", "🦀"].map(Account::from) {
        let mut queries = vec![
            Query::ByTitle { title: Select::All },
            Query::Tokens { id: Select::All },
            Query::ByExpiry { until: Select::All },
            Query::ByRow { row: Select::All, wide: None },
            Query::Slots { area: None, row: Select::All, seat: None },
        ];
        queries.extend(["", "a", "b", "a#"].map(|list| Query::Items { list: list.to_owned() }));
        queries.extend(["a", "b", "B"].map(|shelf| Query::Shelf { shelf: shelf.to_owned() }));
        steps.extend(queries.into_iter().map(|query| Step::Query {
            scope: account.clone(),
            query,
            run: Run::All,
            newest: false,
            filter: None,
            in_scope: false,
            deleted: true,
        }));
    }
    steps
}

/// What a step answers on each engine.
async fn answers(step: &Step, stores: &[Store<Programs>]) -> Vec<String> {
    if let Step::Query { scope, query, run: Run::Pages(size), newest, filter, deleted, .. } = step {
        let ask = Ask { query, newest: *newest, filter: filter.as_ref(), deleted: *deleted };
        let scopes: Vec<_> = stores.iter().map(|store| store.tenant(scope)).collect();
        return Box::pin(queries::across(&ask, &scopes, *size)).await;
    }
    let mut answers = Vec::with_capacity(stores.len());
    for store in stores {
        answers.push(Box::pin(answer(step, store)).await);
    }
    answers
}

/// An answer as text: what was found, or the parts of an error that a program decides by.
fn told<T: Debug>(result: Result<T>) -> String {
    match result {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => {
            let place = error.position().map(|position| format!("operation {position}: "));
            let told = (error.kind(), error.record(), error.field(), error.constraint());
            let conflicts = [
                conflict::<Task>(&error),
                conflict::<Memo>(&error),
                conflict::<Token>(&error),
                conflict::<Slot>(&error),
                conflict::<Paper>(&error),
                conflict::<Event>(&error),
                error
                    .sequence_conflict()
                    .map(|conflict| format!(" {conflict:?}"))
                    .unwrap_or_default(),
            ];
            format!("{}{told:?}{}", place.unwrap_or_default(), conflicts.concat())
        }
    }
}

fn conflict<R: Record + Debug>(error: &Error) -> String {
    error.conflict::<R>().map(|conflict| format!(" {conflict:?}")).unwrap_or_default()
}

async fn answer(step: &Step, store: &Store<Programs>) -> String {
    match step {
        Step::Write { scope, record, insert, revision } => {
            let scope = store.tenant(scope);
            with_record!(record, record => {
                writes::write(&scope, record.clone(), *insert, *revision).await
            })
        }
        Step::WriteAll { scope, batch, insert, revision } => {
            writes::write_all(&store.tenant(scope), batch, *insert, *revision).await
        }
        Step::Update { scope, record, edit, or_insert } => {
            writes::update(&store.tenant(scope), record, edit, or_insert.as_ref()).await
        }
        Step::Delete { scope, record, target, only, purge } => {
            let scope = store.tenant(scope);
            with_record!(record, record => {
                writes::delete(&scope, record.clone(), *target, only, *purge).await
            })
        }
        Step::DeleteAll { scope, batch } => writes::delete_all(&store.tenant(scope), batch).await,
        Step::Restore { scope, record } => {
            let scope = store.tenant(scope);
            match record {
                Any::Paper(paper) => told(scope.restore(paper.key_of()).await),
                // Deletes of the others leave nothing to restore.
                _ => String::new(),
            }
        }
        Step::Transaction { scope, operations, token } => {
            transactions::transaction(&store.tenant(scope), operations, token.as_ref()).await
        }
        Step::Stream { scope, shelf, line, call } => {
            streams::call(&store.tenant(scope), shelf, *line, call).await
        }
        Step::Empty { scope, partition } => {
            let scope = store.tenant(scope);
            told(match partition {
                Partition::List(list) => scope.delete_partition(Item::partition(list)).await,
                Partition::Shelf(shelf) => {
                    scope.delete_partition(ShelfItem::partition(shelf)).await
                }
            })
        }
        // How many it removes is the engine's affair.
        Step::Sweep => told(store.sweep_expired().await.map(drop)),
        Step::Advance { .. } => String::new(),
        read => reads(read, store).await,
    }
}

async fn reads(step: &Step, store: &Store<Programs>) -> String {
    match step {
        Step::Get { scope, record, deleted } => {
            let scope = store.tenant(scope);
            with_record!(record, record => {
                let get = scope.get(record.key_of());
                told(if *deleted { get.with_deleted().await } else { get.await })
            })
        }
        Step::GetMany { scope, batch, deleted } => {
            let scope = store.tenant(scope);
            with_batch!(batch, records => {
                let get = scope.get_many(records.iter().map(Fuzzed::key_of));
                told(if *deleted { get.with_deleted().await } else { get.await })
            })
        }
        Step::GetAtomic { scope, batch } => {
            let scope = store.tenant(scope);
            with_batch!(batch, records => {
                let keys: Vec<_> = records.iter().map(Fuzzed::key_of).collect();
                told(scope.get_atomic(keys).await)
            })
        }
        Step::GetTogether { scope, task, token, paper, event } => {
            let event = Event::key(&event.shelf, event.line, event.number);
            let keys = (task.key_of(), token.key_of(), paper.key_of(), event);
            told(store.tenant(scope).get_atomic(keys).await)
        }
        Step::Query { scope, query, run, newest, filter, in_scope, deleted } => {
            let scope = store.tenant(scope);
            let ask = Ask { query, newest: *newest, filter: filter.as_ref(), deleted: *deleted };
            if *in_scope {
                match scope.read_scope().await {
                    Ok(reads) => ask.run(Reads::Snapshot(&reads), *run).await,
                    Err(error) => told::<()>(Err(error)),
                }
            } else {
                ask.run(Reads::Scope(&scope), *run).await
            }
        }
        _ => unreachable!("no read: {step:?}"),
    }
}
