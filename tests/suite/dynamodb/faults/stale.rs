//! Indexes that lag behind, and transactions that meet.

use std::time::Duration;

use keyloom::ErrorKind;
use keyloom::engine::Engine;
use keyloom_conformance::{Database, eventually};
use keyloom_dynamodb_engine::faults::rules;
use keyloom_dynamodb_engine::{Fault, Faults};

use super::{Counter, Named, Place, Subject, open};

/// A database whose indexes answer late.
struct Lagging {
    place: Place,
    faults: Faults,
}

impl Database for Lagging {
    fn engine(&self) -> Box<dyn Engine> {
        Box::new(self.place.engine(&self.faults))
    }

    fn index_lag(&self) -> Duration {
        Duration::from_secs(20)
    }
}

#[tokio::test]
async fn an_index_answers_late() {
    const TIMES: usize = 3;
    let database = Lagging { place: Place::new().await, faults: Faults::none() };
    let scope = database.place.open(&database.faults).await;
    let mut counter = Counter { value: 7, ..Counter::blank(1) };
    scope.insert(&mut counter).await.unwrap();

    database.faults.set(rules::lagging_index(TIMES));
    assert!(scope.query(Counter::by_value().value(7)).all().await.unwrap().is_empty());
    // The table itself does not lag.
    assert_eq!(scope.query(Counter::partition(1)).all().await.unwrap(), [counter.clone()]);
    let query = async || scope.query(Counter::by_value().value(7)).all().await.unwrap();
    eventually(&database, [counter.clone()], query).await;
    database.faults.set(rules::lagging_index(TIMES));
    let count = async || scope.query(Counter::by_value()).count().await.unwrap();
    eventually(&database, 1, count).await;
    assert_eq!(database.faults.count("Query"), 2 * (TIMES + 1) + 1);
}

#[tokio::test]
async fn transactions_that_meet_are_tried_again() {
    const TIMES: usize = 4;
    let place = Place::new().await;
    let faults = Faults::none();
    let scope = place.open(&faults).await;
    let conflict = "TransactionConflict";
    let both = [
        Fault::cancelled(&[conflict, "None"]),
        Fault::cancelled(&["None", conflict]),
        // The condition may hold when the other transaction has ended.
        Fault::cancelled(&["ConditionalCheckFailed", conflict]),
        Fault::cancelled(&[conflict, "ConditionalCheckFailed"]),
    ];
    for (id, fault) in (0..).zip(both) {
        faults.set(rules::first("TransactWriteItems", TIMES, fault));
        faults.take();
        let mut named = Named::blank(id);
        scope.insert(&mut named).await.expect("the conflicts pass");
        assert_eq!(faults.count("TransactWriteItems"), TIMES + 1);
    }
    let single = Fault::error(400, "TransactionConflictException", "");
    let mut counter = Counter::blank(1);
    for operation in ["PutItem", "UpdateItem", "DeleteItem", "GetItem"] {
        faults.set(rules::first(operation, TIMES, single.clone()));
        faults.take();
        match operation {
            "PutItem" => scope.insert(&mut counter).await.expect("the conflicts pass"),
            "UpdateItem" => scope.save(&mut counter).await.expect("the conflicts pass"),
            "DeleteItem" => assert!(scope.delete(&counter).await.expect("the conflicts pass")),
            _ => drop(scope.get(Counter::key(1)).await.expect("the conflicts pass")),
        }
        assert_eq!(faults.count(operation), TIMES + 1);
    }

    // Conflicts without an end.
    let hurried = open(place.engine(&faults).deadline(Duration::from_millis(200))).await;
    faults.set(rules::every("TransactWriteItems", Fault::cancelled(&[conflict, "None"])));
    let error = hurried.insert(&mut Named::blank(9)).await.expect_err("it never ends");
    assert_eq!(error.kind(), ErrorKind::Contended, "{error}");
    assert!(error.is_retryable());
    faults.clear();
    scope.insert(&mut Named::blank(9)).await.expect("nothing was written");
}
