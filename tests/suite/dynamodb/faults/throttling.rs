//! Throttling, and batches of which a part is left, over ten thousand records.

use std::time::Duration;

use keyloom::ErrorKind;
use keyloom_dynamodb_engine::faults::{Loss, Request, rules};
use keyloom_dynamodb_engine::{Fault, Faults};

use super::{Counter, Note, Place, Subject, open};

const ALL: u32 = 10_000;
const SEED: u64 = 0x7407;

/// Whether the request of this number is one of so many in a hundred.
fn chosen(n: usize, percent: u64) -> bool {
    rules::random(SEED, n) % 100 < percent
}

fn some(n: usize, below: u64) -> usize {
    usize::try_from(rules::random(!SEED, n) % below).unwrap()
}

/// Throttles one request in ten.
fn throttling(_: &Request, n: usize) -> Fault {
    if chosen(n, 10) { Fault::throttled() } else { Fault::Pass }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_records_pass_through_throttling() {
    let place = Place::new().await;
    let all = place.many(ALL);
    let number = usize::try_from(all).unwrap();
    let faults = Faults::none();
    let scope = place.open(&faults).await;

    faults.set(throttling);
    let mut notes: Vec<_> = (0..all).map(Note::blank).collect();
    for outcome in scope.insert_all(&mut notes).await.expect("the records are right") {
        outcome.expect("throttling passes");
    }
    assert!(faults.take().len() > number, "some were throttled");

    // A part of each batch is left unread, and some are not read at all.
    faults.set(|request, n| match request.operation() {
        "BatchGetItem" if chosen(n, 10) => Fault::throttled(),
        "BatchGetItem" if chosen(n, 60) => Fault::unprocessed_keys(some(n, 100)),
        _ => Fault::Pass,
    });
    let read = scope.get_many((0..all).map(Note::key)).await.expect("each is read");
    assert!(read.iter().zip(&notes).all(|(read, note)| read.as_ref() == Some(note)));
    assert!(faults.take().len() > number / 100, "some keys were left");

    faults.set(|request, n| match request.operation() {
        "BatchWriteItem" if chosen(n, 10) => Fault::throttled(),
        "BatchWriteItem" if chosen(n, 60) => Fault::unprocessed_writes(some(n, 25)),
        _ => Fault::Pass,
    });
    let deleted = scope.delete_all((0..all).map(Note::key)).await.expect("the keys are right");
    assert_eq!(deleted.len(), number);
    for outcome in deleted {
        outcome.expect("each is deleted");
    }
    assert!(faults.take().len() > number / 25, "some deletes were left");

    faults.clear();
    let read = scope.get_many((0..all).map(Note::key)).await.expect("each is read");
    assert!(read.iter().all(Option::is_none));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_saves_pass_through_throttling() {
    let place = Place::new().await;
    let all = place.many(ALL);
    let faults = Faults::none();
    let scope = place.open(&faults).await;
    faults.set(throttling);
    let mut notes: Vec<_> = (0..all).map(Note::blank).collect();
    for outcome in scope.save_all(&mut notes).await.expect("the records are right") {
        outcome.expect("throttling passes");
    }
    faults.clear();
    let read = scope.get_many((0..all).map(Note::key)).await.expect("each is read");
    assert!(read.iter().zip(&notes).all(|(read, note)| read.as_ref() == Some(note)));
}

/// After some time every request is throttled: each record is stored or listed, by the deadline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttling_that_never_ends() {
    const DEADLINE: Duration = Duration::from_millis(500);
    /// Each thousand records are handed to the backend by themselves and have their own deadline. That
    /// the call ends is what matters: the bound is far behind the last one.
    const BOUND: Duration = DEADLINE.saturating_mul(10 * 20);
    /// These requests pass.
    const PASSING: usize = 20;

    let place = Place::new().await;
    let faults = Faults::none();
    let (scope, calm) = (open(place.engine(&faults).deadline(DEADLINE)).await, place.calm().await);

    faults.set(|_, n| if n < PASSING { Fault::Pass } else { Fault::throttled() });
    let mut counters: Vec<_> = (0..ALL).map(Counter::blank).collect();
    let told = tokio::time::timeout(BOUND, scope.insert_all(&mut counters)).await;
    let told = told.expect("it ends by its deadline").expect("the records are right");
    let stored = calm.get_many((0..ALL).map(Counter::key)).await.expect("each is read");
    let mut written = 0;
    for ((outcome, counter), stored) in told.into_iter().zip(&counters).zip(stored) {
        match outcome {
            Ok(()) => {
                written += 1;
                assert_eq!(stored.as_ref(), Some(counter));
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Throttled, "{error}");
                assert!(error.is_retryable());
                assert_eq!(stored, None);
                assert!(counter.revision.is_new());
            }
        }
    }
    assert_eq!(written, PASSING);

    // Of the first batches a part is deleted, then nothing is.
    faults.set(|_, n| Fault::unprocessed_writes(if n < 10 { 5 } else { 0 }));
    let told = tokio::time::timeout(BOUND, scope.delete_all((0..ALL).map(Counter::key))).await;
    let told = told.expect("it ends by its deadline").expect("the keys are right");
    let stored = calm.get_many((0..ALL).map(Counter::key)).await.expect("each is read");
    let mut deleted = 0;
    for (outcome, stored) in told.into_iter().zip(stored) {
        match outcome {
            Ok(()) => {
                deleted += 1;
                assert_eq!(stored, None);
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Throttled, "{error}");
                assert!(error.is_retryable());
            }
        }
    }
    assert_eq!(deleted, 10 * 5);

    // One answer for all of the keys, or none.
    faults.set(|_, _| Fault::unprocessed_keys(10));
    let read = tokio::time::timeout(BOUND, scope.get_many((0..ALL).map(Counter::key))).await;
    let read = read.expect("it ends by its deadline");
    assert_eq!(read.expect_err("many are left").kind(), ErrorKind::Throttled);
}

/// A delete whose answer was lost may have been done, however its repetitions end.
#[tokio::test]
async fn a_batch_of_deletes_that_is_lost_and_then_throttled() {
    let place = Place::new().await;
    let faults = Faults::none();
    let scope = open(place.engine(&faults).deadline(Duration::from_millis(300))).await;
    let calm = place.calm().await;
    for later in [
        Fault::throttled(),
        Fault::unprocessed_writes(0),
        Fault::error(400, "AccessDeniedException", ""),
    ] {
        calm.insert(&mut Counter::blank(1)).await.unwrap();
        faults.set(move |_, n| match n {
            0 => Fault::LoseAnswer(Loss::Reset),
            _ => later.clone(),
        });
        let told = scope.delete_all([1, 2].map(Counter::key)).await.expect("the keys are right");
        faults.clear();
        for outcome in told {
            let error = outcome.expect_err("the last answer is no success");
            assert_eq!(error.kind(), ErrorKind::UnknownOutcome, "{error}");
            error.reconcile_delete::<Counter>().await.expect("it is gone");
        }
        assert_eq!(calm.get(Counter::key(1)).await.unwrap(), None);
    }
}
