//! What can be told of a write whose answer was lost, when others have written meanwhile.
//!
//! `meanwhile` runs between the lost attempt and the request that follows it, so each case is exact.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keyloom::dynamodb::CreateTable;
use keyloom::{Error, ErrorKind, ManualClock, Record, Result, Revision, Table, Timestamp};
use keyloom_conformance::{block_on, second};
use keyloom_dynamodb_engine::faults::Loss;
use keyloom_dynamodb_engine::{Fault, Faults};

use super::{All, Counter, Named, Note, Place};

const ANSWER: Fault = Fault::LoseAnswer(Loss::Reset);
const REQUEST: Fault = Fault::LoseRequest(Loss::Reset);

struct Window {
    _place: Place,
    faults: Faults,
    scope: All,
    calm: All,
}

impl Window {
    async fn new() -> Self {
        let place = Place::new().await;
        let faults = Faults::none();
        let (scope, calm) = (place.open(&faults).await, place.calm().await);
        Self { _place: place, faults, scope, calm }
    }

    /// Gives the next write this fault, and does something else before the request that follows it.
    fn lose(&self, fault: Fault, meanwhile: impl AsyncFn(&All) + Send + Sync + 'static) {
        let calm = self.calm.clone();
        let seen = AtomicUsize::new(0);
        self.faults.set(move |request, _| {
            if seen.load(Ordering::Relaxed) == 0 && !request.is_write() {
                return Fault::Pass;
            }
            match seen.fetch_add(1, Ordering::Relaxed) {
                0 => return fault.clone(),
                1 => block_on(meanwhile(&calm)),
                _ => {}
            }
            Fault::Pass
        });
    }

    async fn stored(&self, id: u32) -> Option<Counter> {
        self.calm.get(Counter::key(id)).await.expect("it is read")
    }
}

/// A counter of this revision, in the store.
async fn counter(scope: &All, id: u32, mark: &str, revision: u64) -> Counter {
    let mut counter = Counter { id, value: 0, mark: mark.to_owned(), revision: Revision::ZERO };
    for _ in 0..revision {
        scope.save(&mut counter).await.expect("nobody else writes it");
    }
    counter
}

async fn others(scope: &All, id: u32, times: u32) {
    let mut read = scope.get(Counter::key(id)).await.unwrap().expect("it is stored");
    for n in 0..times {
        read.mark = format!("other {n}");
        scope.save(&mut read).await.expect("nobody else writes it now");
    }
}

async fn renewed(scope: &All, id: u32, revision: u64) {
    scope.delete(Counter::key(id)).await.expect("nothing stands in its way");
    counter(scope, id, "renewed", revision).await;
}

fn kind(told: &Result<()>) -> Result<(), ErrorKind> {
    told.as_ref().copied().map_err(Error::kind)
}

const UNKNOWN: Result<(), ErrorKind> = Err(ErrorKind::UnknownOutcome);
const CONFLICT: Result<(), ErrorKind> = Err(ErrorKind::Conflict);
const EXISTS: Result<(), ErrorKind> = Err(ErrorKind::AlreadyExists);

/// Asserts that nothing more is known later.
async fn assert_stays_unknown(told: Result<()>, record: &mut Counter) {
    let before = record.clone();
    let error = told.expect_err("it is unknown").reconcile(record).await.expect_err("it stays so");
    assert_eq!(error.kind(), ErrorKind::UnknownOutcome, "{error}");
    assert_eq!(*record, before);
}

#[tokio::test]
async fn a_compare_and_set_is_told_exactly_up_to_three_later_writes() {
    let window = Window::new().await;
    for revision in [1, 2, 7] {
        for (times, expected) in
            [Ok(()), Ok(()), Ok(()), Ok(()), UNKNOWN, UNKNOWN].iter().enumerate()
        {
            let times = u32::try_from(times).unwrap();
            let id = times + 10 * u32::try_from(revision).unwrap();
            let mut own = counter(&window.calm, id, "before", revision).await;
            "own".clone_into(&mut own.mark);
            window.lose(ANSWER, async move |scope| others(scope, id, times).await);
            let told = window.scope.save(&mut own).await;
            assert_eq!(kind(&told), *expected, "after {times} writes");
            if told.is_ok() {
                assert_eq!(own.revision.get(), revision + 1);
            } else {
                assert_stays_unknown(told, &mut own).await;
            }
            let stored = window.stored(id).await.expect("it is stored");
            assert_eq!(stored.revision.get(), revision + 1 + u64::from(times), "applied once");
        }
    }
}

#[tokio::test]
async fn a_compare_and_set_that_was_not_applied() {
    let window = Window::new().await;
    let expected = [Ok(()), CONFLICT, CONFLICT, CONFLICT, UNKNOWN, UNKNOWN];
    for (times, expected) in (0_u32..).zip(expected) {
        let mut own = counter(&window.calm, times, "before", 2).await;
        "own".clone_into(&mut own.mark);
        window.lose(REQUEST, async move |scope| others(scope, times, times).await);
        let told = window.scope.save(&mut own).await;
        assert_eq!(kind(&told), expected, "after {times} writes");
        let stored = window.stored(times).await.expect("it is stored");
        assert_eq!(stored.mark == "own", times == 0);
        match told {
            Err(error) if error.kind() == ErrorKind::Conflict => {
                let conflict = error.into_conflict::<Counter>().expect("it carries the conflict");
                assert_eq!(conflict.actual, stored.revision);
                assert_eq!(conflict.stored.expect("it decodes"), stored);
            }
            Err(error) => assert_stays_unknown(Err(error), &mut own).await,
            Ok(()) => {}
        }
    }
}

#[tokio::test]
async fn a_record_that_was_deleted_meanwhile_tells_nothing() {
    let window = Window::new().await;
    for (id, fault) in [(0, ANSWER), (1, REQUEST)] {
        let mut own = counter(&window.calm, id, "before", 2).await;
        "own".clone_into(&mut own.mark);
        window.lose(fault, async move |scope| {
            scope.delete(Counter::key(id)).await.expect("nothing stands in its way");
        });
        let told = window.scope.save(&mut own).await;
        assert_eq!(kind(&told), UNKNOWN);
        assert_stays_unknown(told, &mut own).await;
        assert_eq!(window.stored(id).await, None);
    }
}

/// Revisions begin anew with a new record, so a compare-and-set can meet one of the revision that it
/// expects, and is applied to it as it would be without the first attempt. What it is told is so.
#[tokio::test]
async fn a_record_that_was_deleted_and_inserted_again_is_no_false_success() {
    let window = Window::new().await;
    let mut id = 0;
    for fault in [ANSWER, REQUEST] {
        for expected in 1..=4_u64 {
            for renewed_at in 1..=6_u64 {
                id += 1;
                let mut own = counter(&window.calm, id, "before", expected).await;
                "own".clone_into(&mut own.mark);
                window.lose(fault.clone(), async move |scope| renewed(scope, id, renewed_at).await);
                let told = kind(&window.scope.save(&mut own).await);
                let stored = window.stored(id).await.expect("it is stored");
                let (applied, case) = (stored.mark == "own", (expected, renewed_at));
                assert_eq!(applied, expected == renewed_at, "{case:?}");
                match told {
                    Ok(()) => assert!(applied, "a false success: {case:?}"),
                    CONFLICT => assert!(renewed_at > expected, "{case:?}"),
                    told => assert_eq!(told, UNKNOWN, "{case:?}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn an_insert_is_told_exactly_up_to_three_later_writes() {
    let window = Window::new().await;
    let fresh = |id| Counter { mark: "own".to_owned(), ..super::Subject::blank(id) };
    for (times, expected) in (0_u32..).zip([Ok(()), Ok(()), Ok(()), Ok(()), UNKNOWN, UNKNOWN]) {
        window.lose(ANSWER, async move |scope| others(scope, times, times).await);
        let mut own: Counter = fresh(times);
        let told = window.scope.insert(&mut own).await;
        assert_eq!(kind(&told), expected, "after {times} writes");
        if told.is_err() {
            assert_stays_unknown(told, &mut own).await;
        }
    }
    // Another record stands there: nobody knows whether this one did before it.
    for (id, fault) in [(10, ANSWER), (11, REQUEST)] {
        window.lose(fault, async move |scope| {
            scope.delete(Counter::key(id)).await.expect("nothing stands in its way");
            counter(scope, id, "other", 1).await;
        });
        let mut own: Counter = fresh(id);
        let told = window.scope.insert(&mut own).await;
        assert_eq!(kind(&told), UNKNOWN);
        assert_eq!(window.stored(id).await.expect("it is stored").mark, "other");
        assert_stays_unknown(told, &mut own).await;
    }
    // Of a transaction DynamoDB knows.
    for (id, fault, expected) in [(1, ANSWER, Ok(())), (2, REQUEST, EXISTS)] {
        window.lose(fault, async move |scope| {
            scope.delete(Named::key(id)).await.expect("nothing stands in its way");
            let mut other = Named { mark: "other".to_owned(), ..super::Subject::blank(id) };
            scope.insert(&mut other).await.expect("key and name are free");
        });
        let mut own: Named = super::Subject::blank(id);
        let told = window.scope.insert(&mut own).await;
        assert_eq!(kind(&told), expected);
        let stored = window.calm.get(Named::key(id)).await.unwrap();
        assert_eq!(stored.expect("it is stored").mark, "other");
    }
}

/// An insert is not sent again by itself: the record may have been stored and deleted.
#[tokio::test]
async fn an_insert_brings_no_deleted_record_back() {
    let window = Window::new().await;
    window.lose(ANSWER, async |scope| {
        let stored = scope.get(Counter::key(1)).await.unwrap().expect("it was applied");
        assert!(scope.delete(&stored).await.expect("nothing stands in its way"));
    });
    let mut own: Counter = super::Subject::blank(1);
    let told = window.scope.insert(&mut own).await;
    assert_eq!(kind(&told), UNKNOWN);
    assert_eq!(window.stored(1).await, None, "the delete is not undone");
    // Neither does it come back in a transaction, which DynamoDB knows by its token.
    window.lose(ANSWER, async |scope| {
        assert!(scope.delete(Named::key(1)).await.expect("nothing stands in its way"));
    });
    let mut own: Named = super::Subject::blank(1);
    window.scope.insert(&mut own).await.expect("it was applied");
    assert_eq!(window.calm.get(Named::key(1)).await.unwrap(), None, "the delete is not undone");
}

#[tokio::test]
async fn an_upsert_is_told_up_to_three_later_writes() {
    let window = Window::new().await;
    for (times, expected) in (0_u32..).zip([Ok(()), Ok(()), Ok(()), Ok(()), UNKNOWN, UNKNOWN]) {
        window.lose(ANSWER, async move |scope| {
            for n in 0..times {
                let mut other = Note { id: times, mark: format!("other {n}") };
                scope.save(&mut other).await.expect("nothing stands in its way");
            }
        });
        let mut own = Note { id: times, mark: "own".to_owned() };
        let told = window.scope.save(&mut own).await;
        assert_eq!(kind(&told), expected, "after {times} writes");
        let stored = window.calm.get(Note::key(times)).await.unwrap().expect("it is stored");
        assert_eq!(stored.mark == "own", times == 0, "the later writes stay");
    }
}

#[tokio::test]
async fn a_delete_of_a_revision() {
    let window = Window::new().await;
    // Gone: by this delete or by another one.
    let own = counter(&window.calm, 1, "", 2).await;
    window.lose(ANSWER, async |_| {});
    let error = window.scope.delete(&own).await.expect_err("who removed it is not to be seen");
    assert_eq!(error.kind(), ErrorKind::UnknownOutcome);
    error.reconcile_delete::<Counter>().await.expect("it is gone");

    // Not applied, and nobody else wrote: the second attempt does it.
    let own = counter(&window.calm, 2, "", 2).await;
    window.lose(REQUEST, async |_| {});
    assert!(window.scope.delete(&own).await.expect("it is deleted"));
    assert_eq!(window.stored(2).await, None);

    // Not applied, and the record has another revision now.
    let own = counter(&window.calm, 3, "", 2).await;
    window.lose(REQUEST, async |scope| others(scope, 3, 2).await);
    let error = window.scope.delete(&own).await.expect_err("it has changed");
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");

    // Applied, and there is a new record: it stays.
    let own = counter(&window.calm, 4, "", 2).await;
    window.lose(ANSWER, async |scope| {
        counter(scope, 4, "new", 1).await;
    });
    let error = window.scope.delete(&own).await.expect_err("who removed it is not to be seen");
    assert_eq!(error.kind(), ErrorKind::UnknownOutcome, "{error}");
    assert_eq!(window.stored(4).await.expect("it is stored").mark, "new");
}

#[tokio::test]
async fn a_transaction_is_told_after_any_number_of_writes() {
    let window = Window::new().await;
    let write = async |scope: &All, id: u32, times: u32| {
        let mut read = scope.get(Named::key(id)).await.unwrap().expect("it is stored");
        for n in 0..times {
            read.name = format!("other {id} {n}");
            scope.save(&mut read).await.expect("nobody else writes it now");
        }
    };
    for times in [0_u32, 1, 3, 4, 6] {
        let mut own: Named = super::Subject::blank(times);
        window.lose(ANSWER, async move |scope| write(scope, times, times).await);
        window.scope.insert(&mut own).await.expect("it was applied");
        assert_eq!(own.revision.get(), 1);

        let mut own = window.calm.get(Named::key(times)).await.unwrap().expect("it is stored");
        own.name = format!("moved {times}");
        let calm = window.calm.clone();
        let lost = AtomicUsize::new(0);
        window.faults.set(move |request, _| {
            if request.operation() != "TransactWriteItems" {
                return Fault::Pass;
            }
            match lost.fetch_add(1, Ordering::Relaxed) {
                0 => return ANSWER,
                1 => block_on(write(&calm, times, times)),
                _ => {}
            }
            Fault::Pass
        });
        let before = own.revision;
        window.scope.save(&mut own).await.expect("it was applied");
        assert_eq!(own.revision.get(), before.get() + 1);
    }
}

/// What has expired counts as absent, and is written over by a put.
#[tokio::test]
async fn a_write_over_what_has_expired() {
    let place = Place::new().await;
    let faults = Faults::none();
    let clock = ManualClock::new(second(0));
    let opened = Leases::open(place.engine(&faults).create_table(CreateTable::on_demand()))
        .clock(clock.clone())
        .await;
    let leases = opened.expect("it is created").global();
    let lease = |id, until| Lease {
        id,
        until: Timestamp::from_micros(second(0).as_micros() + until),
        holder: until,
    };
    // An insert is one put; an upsert is an update, which is refused, and then a put.
    let cases = [
        (1, ANSWER, true, Ok(())),
        (2, ANSWER, false, Ok(())),
        (3, REQUEST, true, UNKNOWN),
        (4, REQUEST, false, Ok(())),
    ];
    for (id, fault, insert, expected) in cases {
        faults.clear();
        let now = i64::from(id - 1) * 100;
        leases.insert(&mut lease(id, now + 10)).await.unwrap();
        clock.advance(Duration::from_micros(100));
        let lost = AtomicUsize::new(0);
        faults.set(move |request, _| match request.operation() {
            "PutItem" if lost.fetch_add(1, Ordering::Relaxed) == 0 => fault.clone(),
            _ => Fault::Pass,
        });
        let mut own = lease(id, now + 1_000);
        let told = if insert { leases.insert(&mut own).await } else { leases.save(&mut own).await };
        assert_eq!(kind(&told), expected, "case {id}");
        let stored = leases.get(Lease::key(id)).await.unwrap();
        assert_eq!(stored, expected.is_ok().then_some(own), "case {id}");
    }
}

#[derive(Record, Clone, Debug, PartialEq)]
#[record(global, partition = "lease#{id}")]
struct Lease {
    id: u32,
    #[record(expires)]
    until: Option<Timestamp>,
    holder: i64,
}

#[derive(Table)]
#[table(name = "leases", records(Lease))]
struct Leases;
