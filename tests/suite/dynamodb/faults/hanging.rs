//! An endpoint that does not answer.

use std::time::Duration;

use keyloom::{ErrorKind, Result, Table};
use keyloom_dynamodb_engine::{Fault, Faults};

use super::{Counter, Named, Note, Place, Records, Subject, open};

const DEADLINE: Duration = Duration::from_millis(200);

/// The kind of the error with which an operation ends. That it ends is what matters: the bound is far
/// behind the deadline.
async fn ends<T>(what: &str, operation: impl IntoFuture<Output = Result<T>>) -> ErrorKind {
    let ended = tokio::time::timeout(DEADLINE * 20, operation.into_future()).await;
    match ended.unwrap_or_else(|_| panic!("{what} hangs")) {
        Ok(_) => panic!("{what} was answered"),
        Err(error) => error.kind(),
    }
}

async fn everything_ends(faults: &Faults, hang: Fault) {
    use ErrorKind::{Unavailable, UnknownOutcome};

    let place = Place::new().await;
    let calm = place.calm().await;
    let (mut counter, mut named) = (Counter::blank(1), Named::blank(1));
    calm.insert(&mut counter).await.unwrap();
    calm.insert(&mut named).await.unwrap();
    let engine = || place.engine(faults).deadline(DEADLINE);
    let scope = open(engine()).await;
    faults.set(move |_, _| hang.clone());

    assert_eq!(ends("open", Records::open(engine())).await, Unavailable);
    assert_eq!(ends("get", scope.get(Counter::key(1))).await, Unavailable);
    let keys = (0..250).map(Counter::key);
    assert_eq!(ends("get_many", scope.get_many(keys.clone())).await, Unavailable);
    assert_eq!(ends("query", scope.query(Counter::partition(1)).all()).await, Unavailable);
    assert_eq!(ends("index query", scope.query(Counter::by_value()).all()).await, Unavailable);
    assert_eq!(ends("count", scope.query(Counter::by_value()).count()).await, Unavailable);

    let mut new = Counter::blank(2);
    assert_eq!(ends("insert", scope.insert(&mut new)).await, UnknownOutcome);
    assert_eq!(ends("save", scope.save(&mut counter)).await, UnknownOutcome);
    assert_eq!(ends("upsert", scope.save(&mut Note::blank(1))).await, UnknownOutcome);
    assert_eq!(ends("delete", scope.delete(&counter)).await, UnknownOutcome);
    assert_eq!(ends("delete by key", scope.delete(Note::key(1))).await, UnknownOutcome);
    let mut new = Named::blank(2);
    assert_eq!(ends("insert in a transaction", scope.insert(&mut new)).await, UnknownOutcome);
    "moved".clone_into(&mut named.name);
    assert_eq!(ends("save in a transaction", scope.save(&mut named)).await, UnknownOutcome);
    // What it must know first it cannot read.
    assert_eq!(ends("delete in a transaction", scope.delete(&named)).await, Unavailable);

    let all = tokio::time::timeout(DEADLINE * 40, scope.delete_all(keys)).await;
    for outcome in all.expect("delete_all hangs").expect("the keys are right") {
        assert_eq!(outcome.expect_err("nothing was answered").kind(), UnknownOutcome);
    }
    let mut counters: Vec<_> = (0..40).map(Counter::blank).collect();
    let all = tokio::time::timeout(DEADLINE * 40, scope.insert_all(&mut counters)).await;
    for outcome in all.expect("insert_all hangs").expect("the records are right") {
        let kind = outcome.expect_err("nothing was answered").kind();
        assert!(matches!(kind, UnknownOutcome | Unavailable), "{kind}");
    }
}

#[tokio::test]
async fn an_endpoint_that_hangs() {
    everything_ends(&Faults::none(), Fault::Hang).await;
}

#[tokio::test]
async fn an_endpoint_that_hangs_after_it_has_done_its_work() {
    everything_ends(&Faults::none(), Fault::HangAfterApplying).await;
}

/// The first attempt hangs until its own timeout; the second is answered.
#[tokio::test]
async fn one_attempt_that_hangs() {
    let place = Place::new().await;
    let faults = Faults::none();
    let scope = open(place.engine(&faults).attempt_timeout(DEADLINE)).await;
    let mut counter = Counter::blank(1);
    scope.insert(&mut counter).await.unwrap();
    faults.take();
    for hang in [Fault::Hang, Fault::HangAfterApplying] {
        faults.script([hang.clone()]);
        assert_eq!(scope.get(Counter::key(1)).await.unwrap().as_ref(), Some(&counter));
        faults.script([hang]);
        scope.save(&mut counter).await.expect("the second attempt tells");
        assert_eq!(faults.take().len(), 4);
    }
    assert_eq!(counter.revision.get(), 3);
}
