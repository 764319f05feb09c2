//! Throttling, and batches of which a part is left, over ten thousand records.

use std::time::Duration;

use keyloom::ErrorKind;
use keyloom_dynamodb_engine::faults::rules;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_records_pass_through_throttling() {
    let place = Place::new().await;
    let faults = Faults::none();
    let scope = place.open(&faults).await;
    let throttle = |_: &_, n| if chosen(n, 10) { Fault::throttled() } else { Fault::Pass };

    faults.set(throttle);
    let mut notes: Vec<_> = (0..ALL).map(Note::blank).collect();
    for outcome in scope.insert_all(&mut notes).await.expect("the records are right") {
        outcome.expect("throttling passes");
    }
    let puts = faults.take().len();
    assert!((10_500..12_000).contains(&puts), "{puts} requests, some of them throttled");

    // A part of each batch is left unread, and some are not read at all.
    faults.set(|request, n| match request.operation() {
        "BatchGetItem" if chosen(n, 10) => Fault::throttled(),
        "BatchGetItem" if chosen(n, 60) => Fault::unprocessed_keys(some(n, 100)),
        _ => Fault::Pass,
    });
    let read = scope.get_many((0..ALL).map(Note::key)).await.expect("each is read");
    assert!(read.iter().zip(&notes).all(|(read, note)| read.as_ref() == Some(note)));
    let gets = faults.take().len();
    assert!(gets > 120, "{gets} requests for 100 batches");

    faults.set(|request, n| match request.operation() {
        "BatchWriteItem" if chosen(n, 10) => Fault::throttled(),
        "BatchWriteItem" if chosen(n, 60) => Fault::unprocessed_writes(some(n, 25)),
        _ => Fault::Pass,
    });
    let deleted = scope.delete_all((0..ALL).map(Note::key)).await.expect("the keys are right");
    deleted.into_iter().for_each(|outcome| outcome.expect("each is deleted"));
    let deletes = faults.take().len();
    assert!(deletes > 480, "{deletes} requests for 400 batches");

    faults.clear();
    let read = scope.get_many((0..ALL).map(Note::key)).await.expect("each is read");
    assert!(read.iter().all(Option::is_none));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_saves_pass_through_throttling() {
    let place = Place::new().await;
    let faults = Faults::none();
    let scope = place.open(&faults).await;
    faults.set(|_, n| if chosen(n, 10) { Fault::throttled() } else { Fault::Pass });
    let mut notes: Vec<_> = (0..ALL).map(Note::blank).collect();
    for outcome in scope.save_all(&mut notes).await.expect("the records are right") {
        outcome.expect("throttling passes");
    }
    faults.clear();
    let read = scope.get_many((0..ALL).map(Note::key)).await.expect("each is read");
    assert!(read.iter().zip(&notes).all(|(read, note)| read.as_ref() == Some(note)));
}

/// After some time every request is throttled: each record is stored or listed, by the deadline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttling_that_never_ends() {
    const DEADLINE: Duration = Duration::from_millis(400);
    let place = Place::new().await;
    let faults = Faults::none();
    let (scope, calm) = (open(place.engine(&faults).deadline(DEADLINE)).await, place.calm().await);
    let limit = |passing: usize| {
        move |request: &keyloom_dynamodb_engine::faults::Request, n: usize| {
            if n >= passing && request.is_write() { Fault::throttled() } else { Fault::Pass }
        }
    };

    faults.set(limit(300));
    let mut counters: Vec<_> = (0..ALL).map(Counter::blank).collect();
    // Each thousand records are a request of their own to the backend, under a deadline of its own.
    let bound = DEADLINE * 10 * 20;
    let all = tokio::time::timeout(bound, scope.insert_all(&mut counters)).await;
    let outcomes = all.expect("it ends by its deadline").expect("the records are right");
    let stored = calm.get_many((0..ALL).map(Counter::key)).await.expect("each is read");
    let mut written = 0;
    for ((outcome, counter), stored) in outcomes.into_iter().zip(&counters).zip(stored) {
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
    assert!((1..=300).contains(&written), "{written}");

    // Deletes: of each batch a part passes, then nothing does.
    faults.set(|request, n| match request.operation() {
        "BatchWriteItem" if n < 10 => Fault::unprocessed_writes(5),
        "BatchWriteItem" => Fault::unprocessed_writes(0),
        _ => Fault::Pass,
    });
    let all = tokio::time::timeout(bound, scope.delete_all((0..ALL).map(Counter::key))).await;
    let outcomes = all.expect("it ends by its deadline").expect("the keys are right");
    let stored = calm.get_many((0..ALL).map(Counter::key)).await.expect("each is read");
    let mut deleted = 0;
    for (outcome, stored) in outcomes.into_iter().zip(stored) {
        match outcome {
            Ok(()) => {
                deleted += 1;
                assert_eq!(stored, None);
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Throttled, "{error}"),
        }
    }
    assert_eq!(deleted, 50);
}

/// A delete whose answer was lost may have been done, however its repetitions end.
#[tokio::test]
async fn a_batch_of_deletes_that_is_lost_and_then_throttled() {
    let place = Place::new().await;
    let faults = Faults::none();
    let scope = open(place.engine(&faults).deadline(Duration::from_millis(300))).await;
    let calm = place.calm().await;
    let lost = Fault::LoseAnswer(keyloom_dynamodb_engine::faults::Loss::Reset);
    for (first, later) in [
        (lost.clone(), Fault::throttled()),
        (lost.clone(), Fault::unprocessed_writes(0)),
        (lost, Fault::error(400, "AccessDeniedException", "")),
    ] {
        calm.insert(&mut Counter::blank(1)).await.unwrap();
        faults.set(move |_, n| if n == 0 { first.clone() } else { later.clone() });
        let told = scope.delete_all([1, 2].map(Counter::key)).await.expect("the keys are right");
        for outcome in told {
            let error = outcome.expect_err("the last answer is no success");
            assert_eq!(error.kind(), ErrorKind::UnknownOutcome, "{error}");
            faults.clear();
            error.reconcile_delete::<Counter>().await.expect("it is gone");
        }
    }
}
