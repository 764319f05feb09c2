//! A copy of a request that arrives late changes nothing.
//!
//! Some copies are really late: their answer is lost, and the engine gets them after a while. Others are
//! sent by the test, byte for byte, after just what it wants to stand between.

use std::time::Duration;

use keyloom::{ErrorKind, Revision};
use keyloom_dynamodb_engine::faults::{Exchange, Loss, Rewritten};
use keyloom_dynamodb_engine::{Fault, Faults};
use serde_json::Value;

use super::{All, Counter, Named, Note, Place};

/// Long after the retry, which waits for 25 ms at most, and after the writes that follow it.
const LATE: Duration = Duration::from_millis(400);

struct Late {
    place: Place,
    faults: Faults,
    scope: All,
    calm: All,
}

impl Late {
    async fn new() -> Self {
        let place = Place::new().await;
        let faults = Faults::none();
        let (scope, calm) = (place.open(&faults).await, place.calm().await);
        Self { place, faults, scope, calm }
    }

    /// Loses the answer of the next request, which arrives late.
    fn delay(&self) {
        self.faults.take();
        self.faults.script([Fault::DeliverLate(Loss::Reset, LATE)]);
    }

    /// The only write that was sent since the last look.
    fn sent(&self) -> Value {
        let sent = self.faults.take();
        let writes: Vec<&Exchange> =
            sent.iter().filter(|exchange| exchange.request().is_write()).collect();
        assert_eq!(writes.len(), 1, "{writes:?}");
        writes[0].request().json()
    }

    /// Sends such a request again: the status of its answer.
    async fn again(&self, operation: &str, body: Value) -> u16 {
        let faults = Faults::new(move |_, _| {
            let body = body.clone();
            Fault::rewrite(move |_| Rewritten::Send(body.clone(), Box::new(|_| ())))
        });
        let client = self.place.endpoint.client_with(&faults);
        // What the SDK is asked for does not matter: the request is exchanged on its way.
        match operation {
            "PutItem" => drop(client.put_item().table_name("x").send().await),
            "UpdateItem" => drop(client.update_item().table_name("x").send().await),
            "DeleteItem" => drop(client.delete_item().table_name("x").send().await),
            _ => drop(client.transact_write_items().send().await),
        }
        let sent = faults.take();
        assert_eq!(sent[0].request().operation(), operation);
        sent[0].engine_status().expect("the engine was reached")
    }
}

fn counter(id: u32, mark: &str) -> Counter {
    Counter { id, value: 0, mark: mark.to_owned(), revision: Revision::ZERO }
}

#[tokio::test]
async fn a_compare_and_set_that_arrives_late() {
    let late = Late::new().await;
    for others in [0, 1, 3, 6] {
        let mut own = counter(others, "new");
        late.calm.insert(&mut own).await.unwrap();
        "own".clone_into(&mut own.mark);
        late.delay();
        late.scope.save(&mut own).await.expect("the second attempt is applied");
        let mut last = own.clone();
        for n in 0..others {
            last.mark = format!("other {n}");
            late.calm.save(&mut last).await.unwrap();
        }
        late.faults.settled().await;
        let [first, second] = &late.faults.take()[..] else {
            panic!("it is sent twice");
        };
        assert_eq!(first.request().body(), second.request().body());
        assert_eq!(first.engine_status(), Some(400), "the late copy is refused");
        assert_eq!(second.engine_status(), Some(200));
        assert_eq!(late.calm.get(Counter::key(others)).await.unwrap(), Some(last));
    }
}

#[tokio::test]
async fn an_insert_that_arrives_late() {
    let late = Late::new().await;
    // It was not there when it was looked for.
    late.delay();
    let mut own = counter(1, "own");
    let error = late.scope.insert(&mut own).await.expect_err("it is not to be seen yet");
    assert_eq!(error.kind(), ErrorKind::UnknownOutcome, "{error}");
    late.faults.settled().await;
    error.reconcile(&mut own).await.expect("it is there by now");
    assert_eq!(own.revision.get(), 1);
    assert_eq!(late.calm.get(Counter::key(1)).await.unwrap(), Some(own.clone()));

    // Somebody else was first.
    late.delay();
    let mut own = counter(2, "own");
    let error = late.scope.insert(&mut own).await.expect_err("it is not to be seen yet");
    let mut other = counter(2, "other");
    late.calm.insert(&mut other).await.expect("the key is free");
    late.faults.settled().await;
    assert_eq!(late.calm.get(Counter::key(2)).await.unwrap(), Some(other));
    // It was refused; but it might have been stored and deleted before the other one came.
    let error = error.reconcile(&mut own).await.expect_err("it is not there");
    assert_eq!(error.kind(), ErrorKind::UnknownOutcome);
    assert!(own.revision.is_new());

    // A copy of one that was applied.
    late.faults.take();
    let mut own = counter(3, "own");
    late.scope.insert(&mut own).await.unwrap();
    let sent = late.sent();
    for n in 0..6 {
        assert_eq!(late.again("PutItem", sent.clone()).await, 400, "after {n} saves");
        own.mark = format!("{n}");
        late.calm.save(&mut own).await.unwrap();
    }
    assert_eq!(late.calm.get(Counter::key(3)).await.unwrap(), Some(own));
}

#[tokio::test]
async fn an_upsert_that_arrives_late() {
    let late = Late::new().await;
    let note = |id: u32, mark: &str| Note { id, mark: mark.to_owned() };
    // An upsert is not sent again, so the late request is its only one.
    late.delay();
    let mut own = note(1, "own");
    let error = late.scope.save(&mut own).await.expect_err("it is not to be seen yet");
    assert_eq!(error.kind(), ErrorKind::UnknownOutcome, "{error}");
    late.faults.settled().await;
    error.reconcile(&mut own).await.expect("it is there by now");
    assert_eq!(late.calm.get(Note::key(1)).await.unwrap(), Some(own));

    // A copy of one that was applied.
    late.faults.take();
    let mut own = note(2, "own");
    late.scope.save(&mut own).await.unwrap();
    let sent = late.sent();
    let mut last = own;
    for n in 0..=3 {
        assert_eq!(late.again("UpdateItem", sent.clone()).await, 400, "after {n} writes");
        assert_eq!(late.calm.get(Note::key(2)).await.unwrap().as_ref(), Some(&last));
        last.mark = format!("{n}");
        late.calm.save(&mut last).await.unwrap();
    }
}

#[tokio::test]
async fn a_delete_that_arrives_late() {
    let late = Late::new().await;
    // Of three writes the third is expected; the record that follows has one.
    let mut own = counter(1, "own");
    for _ in 0..3 {
        late.calm.save(&mut own).await.unwrap();
    }
    late.delay();
    assert!(late.scope.delete(&own).await.expect("the second attempt is applied"));
    let mut other = counter(1, "other");
    late.calm.insert(&mut other).await.unwrap();
    late.faults.settled().await;
    let sent = late.faults.take();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].engine_status(), Some(400), "the late copy is refused");
    assert_eq!(late.calm.get(Counter::key(1)).await.unwrap(), Some(other));
}

#[tokio::test]
async fn a_transaction_that_arrives_late() {
    let late = Late::new().await;
    let named = |id: u32, name: &str| Named {
        id,
        name: name.to_owned(),
        value: 0,
        mark: String::new(),
        revision: Revision::ZERO,
    };
    // Insert, a save that moves the unique value, and delete; each arrives again after its retry.
    let mut own = named(1, "ann");
    late.delay();
    late.scope.insert(&mut own).await.expect("the second attempt is applied");
    late.faults.settled().await;
    assert_eq!(late.calm.get(Named::key(1)).await.unwrap().as_ref(), Some(&own));

    "bob".clone_into(&mut own.name);
    late.faults.take();
    late.faults.set(super::first_transaction(Fault::DeliverLate(Loss::Reset, LATE)));
    late.scope.save(&mut own).await.expect("the second attempt is applied");
    // The old value is free, and somebody else takes it before the late copy comes.
    let mut other = named(2, "ann");
    late.calm.insert(&mut other).await.expect("the name is free");
    late.faults.settled().await;
    assert_eq!(late.calm.get(Named::key(1)).await.unwrap().as_ref(), Some(&own));
    let error = late.calm.insert(&mut named(3, "ann")).await.expect_err("the name is held");
    assert_eq!(error.kind(), ErrorKind::UniqueViolation);

    late.faults.take();
    late.faults.set(super::first_transaction(Fault::DeliverLate(Loss::Reset, LATE)));
    assert!(late.scope.delete(&own).await.expect("the second attempt is applied"));
    let mut again = named(1, "bob");
    late.calm.insert(&mut again).await.expect("key and name are free");
    late.faults.settled().await;
    assert_eq!(late.calm.get(Named::key(1)).await.unwrap(), Some(again));

    // A copy of an insert whose record was deleted: DynamoDB knows its token.
    late.faults.take();
    let mut gone = named(4, "carl");
    late.scope.insert(&mut gone).await.unwrap();
    let sent = late.sent();
    late.calm.delete(&gone).await.unwrap();
    assert_eq!(late.again("TransactWriteItems", sent).await, 200);
    assert_eq!(late.calm.get(Named::key(4)).await.unwrap(), None);
    late.calm.insert(&mut named(5, "carl")).await.expect("the name is free");
}
