//! Transactions whose answers are lost: all or nothing, once, and nobody is told a falsehood.
//!
//! Each transfer also inserts a note, which tells for good whether it was committed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use keyloom::{Commit, Error, ErrorKind, Result};
use keyloom_dynamodb_engine::faults::{Loss, Request, rules};
use keyloom_dynamodb_engine::{Fault, Faults};
use tokio::task::JoinSet;

use super::{All, Event, Named, Note, OfDesk, Paper, Place, Purse, Subject, open};

const TASKS: u32 = 8;
const PURSES: u32 = 6;
const COINS: i64 = 30;
const DEADLINE: Duration = Duration::from_millis(300);

/// Moves coins and notes it.
async fn transfer(
    scope: &All,
    [from, to]: [u32; 2],
    amount: i64,
    note: u32,
    token: Option<&str>,
) -> Result<Commit> {
    let mut note = Note { id: note, mark: String::new() };
    let take = Purse::key(from).patch().subtract(Purse::COINS, amount);
    let mut transaction = scope
        .transaction()
        .update(take.when(Purse::COINS.ge(amount)))
        .update(Purse::key(to).patch().add(Purse::COINS, amount))
        .insert(&mut note);
    if let Some(token) = token {
        transaction = transaction.idempotency_token(token);
    }
    transaction.commit().await
}

/// Moves the unique value of a record, which is read first, and notes it.
async fn rename(scope: &All, id: u32, name: String, note: u32) -> Result<Commit> {
    let mut note = Note { id: note, mark: String::new() };
    let patch = Named::key(id).patch().set(Named::NAME, name.as_str()).add(Named::VALUE, 1);
    scope.transaction().insert(&mut note).update(patch).commit().await
}

async fn reconciled(mut error: Error) -> Result<()> {
    for _ in 0..3 {
        match error.reconcile_transaction().await {
            Err(again) if again.kind() == ErrorKind::UnknownOutcome => error = again,
            told => return told,
        }
    }
    Err(error)
}

/// A fifth is lost, half of it with the request; a twentieth meets another transaction, and a twentieth
/// is throttled.
fn troubled(seed: u64) -> impl Fn(&Request, usize) -> Fault {
    move |request, n| {
        if request.operation() != "TransactWriteItems" {
            return Fault::Pass;
        }
        match rules::random(seed, n) % 20 {
            0 | 1 => Fault::LoseAnswer(Loss::Reset),
            2 | 3 => Fault::LoseRequest(Loss::Closed),
            4 => Fault::cancelled(&["None", "TransactionConflict"]),
            5 => Fault::cancelled(&["ThrottlingError", "None"]),
            _ => Fault::Pass,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transfers_keep_the_sum_and_nobody_is_told_a_falsehood() {
    const SEED: u64 = 0xBA2C;
    let place = Place::new().await;
    let calm = place.calm().await;
    for id in 0..PURSES {
        calm.insert(&mut Purse::new(id, COINS)).await.unwrap();
        calm.insert(&mut Named::blank(id)).await.unwrap();
    }
    let each = place.many(480) / TASKS;
    let networks = [Faults::none(), Faults::none()];
    let mut tasks = JoinSet::new();
    let mut handles = Vec::new();
    for (at, faults) in networks.iter().enumerate() {
        handles.push(place.open(faults).await);
        faults.set(troubled(SEED + at as u64));
    }
    for task in 0..TASKS {
        let scope = handles[task as usize % 2].clone();
        tasks.spawn(async move {
            let mut log = Vec::new();
            for n in 0..each {
                let note = task * 10_000 + n;
                let roll = rules::random(!SEED, note as usize);
                let at = |shift: u64| u32::try_from((roll >> shift) % u64::from(PURSES)).unwrap();
                let (from, to) = (at(8), (at(8) + 1 + at(16) % (PURSES - 1)) % PURSES);
                let transfers = roll & 3 != 0;
                let told = if transfers {
                    let amount = i64::try_from((roll >> 32) % 20).unwrap() + 1;
                    transfer(&scope, [from, to], amount, note, None).await
                } else {
                    rename(&scope, from, format!("pool {}", (roll >> 32) % 12), note).await
                };
                let unknown =
                    told.as_ref().is_err_and(|error| error.kind() == ErrorKind::UnknownOutcome);
                let told = match told {
                    Err(error) if unknown => reconciled(error).await,
                    told => told.map(drop),
                };
                log.push((note, transfers, from, unknown, told.map_err(|error| error.kind())));
            }
            log
        });
    }
    let log: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let sent: usize = networks.iter().map(|faults| faults.take().len()).sum();
    let (mut committed, mut refused, mut unknown, mut unresolved) = (0, 0, 0, 0);
    let (mut moves, mut renames) = (0, vec![0; PURSES as usize]);
    for (note, transfers, from, was_unknown, told) in &log {
        let what = format!("{note} with the seed {SEED:#x}");
        let stored = calm.get(Note::key(*note)).await.unwrap().is_some();
        match told {
            Ok(()) => assert!(stored, "{what}: a false success"),
            Err(ErrorKind::UnknownOutcome) => unresolved += 1,
            Err(kind) => {
                assert!(!stored, "{what}: a false {kind}");
                let expected = if *transfers {
                    ErrorKind::ConditionFailed
                } else {
                    ErrorKind::UniqueViolation
                };
                assert!([expected, ErrorKind::Contended].contains(kind), "{what}: {kind}");
                refused += 1;
            }
        }
        unknown += usize::from(*was_unknown);
        committed += usize::from(stored);
        if stored && *transfers {
            moves += 2;
        } else if stored {
            renames[*from as usize] += 1;
        }
    }
    println!(
        "transactions, 20 % lost: {} in {sent} requests, {committed} committed, {refused} refused, \
         {unknown} unknown, {unresolved} not to be resolved, 0 false",
        log.len()
    );
    let keys: Vec<_> = (0..PURSES).map(Purse::key).collect();
    let purses = calm.get_atomic(keys).await.unwrap();
    let purses: Vec<Purse> = purses.into_iter().map(|purse| purse.expect("stored")).collect();
    assert_eq!(purses.iter().map(|purse| purse.coins).sum::<i64>(), COINS * i64::from(PURSES));
    assert!(purses.iter().all(|purse| purse.coins >= 0));
    assert_eq!(purses.iter().map(|purse| purse.revision.get() - 1).sum::<u64>(), moves);
    let mut taken = Vec::new();
    for id in 0..PURSES {
        let named = calm.get(Named::key(id)).await.unwrap().expect("it is stored");
        assert_eq!(named.value, renames[id as usize], "each renaming counts once");
        taken.push(named.name);
    }
    for at in 0..12 {
        let name = format!("pool {at}");
        let held = taken.contains(&name);
        let told = calm.insert(&mut Named { name, ..Named::blank(1_000 + at) }).await;
        assert_eq!(told.is_err(), held, "pool {at}: {told:?}");
    }
}

/// Two purses, and a scope whose operations end soon.
async fn impatient(place: &Place, faults: &Faults) -> (All, All) {
    let calm = place.calm().await;
    (open(place.engine(faults).deadline(DEADLINE)).await, calm)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_is_unknown_is_found_out() {
    let (place, faults) = (Place::new().await, Faults::none());
    let (scope, calm) = impatient(&place, &faults).await;
    // Whether the engine gets the request, if the machine is not too busy for the first attempt.
    let cases = [
        (Fault::LoseAnswer(Loss::Reset), true),
        (Fault::HangAfterApplying, true),
        (Fault::internal_error(true), true),
        (Fault::LoseRequest(Loss::Reset), false),
        (Fault::Hang, false),
        (Fault::internal_error(false), false),
    ];
    let mut id = 0;
    for (fault, arrives) in cases {
        for drained in [false, true] {
            id += 10;
            let what = format!("{fault:?}, drained {drained}");
            for at in [id, id + 1] {
                calm.insert(&mut Purse::new(at, 5)).await.unwrap();
            }
            faults.set(rules::every("TransactWriteItems", fault.clone()));
            let begin = Instant::now();
            let token = format!("token {id}");
            let told = transfer(&scope, [id, id + 1], 3, id, Some(&token)).await;
            assert!(begin.elapsed() < DEADLINE * 20, "{what}: {:?}", begin.elapsed());
            let error = told.expect_err(&what);
            assert_eq!(error.kind(), ErrorKind::UnknownOutcome, "{what}: {error}");
            // The network is no better when it is asked for the first time.
            let error = error.reconcile_transaction().await.expect_err(&what);
            assert_eq!(error.kind(), ErrorKind::UnknownOutcome, "{what}: {error}");
            faults.clear();
            let applied = calm.get(Note::key(id)).await.unwrap().is_some();
            assert!(arrives || !applied, "{what}");
            if drained {
                let take = calm.update(Purse::key(id)).set(Purse::COINS, 0);
                take.await.expect("nothing stands in its way");
            }
            let told = error.reconcile_transaction().await;
            let committed = calm.get(Note::key(id)).await.unwrap().is_some();
            let coins = [id, id + 1].map(|at| calm.get(Purse::key(at)));
            let coins: Vec<i64> =
                futures_util::future::join_all(coins.map(IntoFuture::into_future))
                    .await
                    .into_iter()
                    .map(|purse| purse.unwrap().expect("it is stored").coins)
                    .collect();
            match told {
                Ok(()) => assert!(committed, "{what}: a false success"),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::ConditionFailed, "{what}: {error}");
                    assert!(!committed && !applied && drained, "{what}: a false refusal");
                }
            }
            let expected = match (drained, committed) {
                (false, _) => [2, 8],
                (true, true) => [0, 8],
                (true, false) => [0, 5],
            };
            assert_eq!(coins, expected, "{what}");
            // The token tells who repeats the whole of it.
            let again = transfer(&calm, [id, id + 1], 1, id, Some(&token)).await;
            match again {
                Ok(again) => assert_eq!(again, Commit::AlreadyCommitted, "{what}"),
                Err(error) => {
                    assert!(!committed, "{what}: {error}");
                    assert_eq!(error.kind(), ErrorKind::ConditionFailed, "{what}: {error}");
                }
            }
        }
    }
}

/// Others hold the items, or DynamoDB asks for fewer requests: retried, and told at the deadline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reasons_that_pass_are_waited_for() {
    let (place, faults) = (Place::new().await, Faults::none());
    let (scope, calm) = impatient(&place, &faults).await;
    let patient = place.open(&faults).await;
    let cases = [
        (["TransactionConflict", "None", "None"], ErrorKind::Contended),
        (["None", "TransactionConflict", "None"], ErrorKind::Contended),
        (["ConditionalCheckFailed", "None", "TransactionConflict"], ErrorKind::Contended),
        (["ThrottlingError", "None", "None"], ErrorKind::Throttled),
        (["None", "None", "ProvisionedThroughputExceeded"], ErrorKind::Throttled),
    ];
    for (id, (reasons, kind)) in (1..).map(|at| at * 10).zip(cases) {
        for at in [id, id + 1] {
            calm.insert(&mut Purse::new(at, 5)).await.unwrap();
        }
        faults.set(rules::every("TransactWriteItems", Fault::cancelled(&reasons)));
        faults.take();
        let begin = Instant::now();
        let error = transfer(&scope, [id, id + 1], 3, id, None).await.expect_err("it is held");
        assert!(begin.elapsed() < DEADLINE * 20, "{:?}", begin.elapsed());
        assert_eq!((error.kind(), error.is_retryable()), (kind, true), "{reasons:?}: {error}");
        assert!(faults.take().len() > 1, "{reasons:?} are retried");
        assert_eq!(calm.get(Purse::key(id)).await.unwrap().expect("stored").coins, 5);
        assert_eq!(calm.get(Note::key(id)).await.unwrap(), None);
        // Twice, and then it passes.
        faults.set(rules::first("TransactWriteItems", 2, Fault::cancelled(&reasons)));
        let told = transfer(&patient, [id, id + 1], 3, id, None).await;
        assert_eq!(told.expect("it passes"), Commit::Applied);
        assert_eq!(faults.take().len(), 3);
        assert_eq!(calm.get(Purse::key(id)).await.unwrap().expect("stored").coins, 2);
        faults.clear();
    }
    // The same reasons where one record is written.
    calm.insert(&mut Named::blank(1)).await.unwrap();
    for (reasons, kind) in [
        (["TransactionConflict", "None", "None"], ErrorKind::Contended),
        (["None", "ThrottlingError", "None"], ErrorKind::Throttled),
    ] {
        faults.set(rules::every("TransactWriteItems", Fault::cancelled(&reasons)));
        let told = scope.update(Named::key(1)).set(Named::NAME, "moved").await;
        assert_eq!(told.expect_err("it is held").kind(), kind);
        let event = Event::new(1, "");
        let told = scope.stream(Event::stream(1)).append(&mut event.clone()).await;
        assert_eq!(told.expect_err("it is held").kind(), kind);
        faults.clear();
        assert_eq!(calm.get(Named::key(1)).await.unwrap(), Some(named(1)));
        assert_eq!(calm.stream(Event::stream(1)).last_seq().await.unwrap(), 0);
    }
}

fn named(id: u32) -> Named {
    Named { revision: keyloom::Revision::new(1), ..Named::blank(id) }
}

/// A moment of reading meets writers, as a transaction does.
#[tokio::test]
async fn a_read_at_one_moment_waits_for_writers() {
    let (place, faults) = (Place::new().await, Faults::none());
    let (scope, calm) = impatient(&place, &faults).await;
    calm.insert(&mut Purse::new(1, 5)).await.unwrap();
    for (reason, kind) in
        [("TransactionConflict", ErrorKind::Contended), ("ThrottlingError", ErrorKind::Throttled)]
    {
        let fault = Fault::cancelled(&[reason, "None"]);
        faults.set(rules::first("TransactGetItems", 2, fault.clone()));
        let read = scope.get_atomic([1, 2].map(Purse::key)).await.expect("it passes");
        assert_eq!(read.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
        faults.set(rules::every("TransactGetItems", fault));
        let error = scope.get_atomic([1, 2].map(Purse::key)).await.expect_err("it is held");
        assert_eq!((error.kind(), error.is_retryable()), (kind, true), "{error}");
    }
}

/// Every new operation returns by its deadline, whatever it waits for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_hangs_holds_nobody() {
    use ErrorKind::{Unavailable, UnknownOutcome};

    async fn ends<T>(what: &str, operation: impl IntoFuture<Output = Result<T>>) -> ErrorKind {
        let ended = tokio::time::timeout(DEADLINE * 20, operation.into_future()).await;
        match ended.unwrap_or_else(|_| panic!("{what} hangs")) {
            Ok(_) => panic!("{what} was answered"),
            Err(error) => error.kind(),
        }
    }

    let (place, faults) = (Place::new().await, Faults::none());
    let (scope, calm) = impatient(&place, &faults).await;
    calm.insert(&mut Purse::new(1, 5)).await.unwrap();
    calm.insert(&mut Named::blank(1)).await.unwrap();
    let stream = scope.stream(Event::stream(1));
    let mut event = Event::new(1, "");
    stream.append(&mut event.clone()).await.unwrap();
    let seen = AtomicUsize::new(0);
    faults.set(move |_, _| {
        let hang = seen.fetch_add(1, Ordering::Relaxed);
        if hang.is_multiple_of(2) { Fault::Hang } else { Fault::HangAfterApplying }
    });
    let count = || scope.update(Purse::key(1)).add(Purse::COINS, 1);
    assert_eq!(ends("update", count()).await, UnknownOutcome);
    let other = scope.update(Purse::key(2)).or_insert(Purse::new(2, 1));
    assert_eq!(ends("update or insert", other).await, UnknownOutcome);
    let moved = scope.update(Named::key(1)).set(Named::NAME, "moved");
    assert_eq!(ends("update of a unique value", moved).await, Unavailable);
    assert_eq!(ends("get_atomic", scope.get_atomic([Purse::key(1)])).await, Unavailable);
    let patch = Purse::key(1).patch().add(Purse::COINS, 1);
    let commit = scope.transaction().update(patch).commit();
    assert_eq!(ends("transaction", commit).await, UnknownOutcome);
    assert_eq!(ends("append", stream.append(&mut event.clone())).await, UnknownOutcome);
    // What it must know first it cannot read.
    assert_eq!(ends("append again", stream.append(&mut event.clone())).await, Unavailable);
    assert_eq!(ends("append_once", stream.append_once("k", &mut event)).await, Unavailable);
    assert_eq!(ends("read_from", stream.read_from(1)).await, Unavailable);
    assert_eq!(ends("trim", stream.trim_through(1)).await, Unavailable);
    assert_eq!(ends("purge", scope.purge(Paper::key(1))).await, Unavailable);
    assert_eq!(ends("soft delete", scope.delete(Paper::key(1))).await, UnknownOutcome);
    assert_eq!(ends("restore", scope.restore(Paper::key(1))).await, UnknownOutcome);
    let partition = scope.delete_partition(OfDesk::partition(1));
    assert_eq!(ends("delete_partition", partition).await, Unavailable);
}
