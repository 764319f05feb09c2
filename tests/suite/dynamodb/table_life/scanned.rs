//! Administration: whole tables.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use keyloom::dynamodb::sdk::types::AttributeValue;
use keyloom::{Clock as _, ErrorKind, ManualClock, Table, Timestamp};
use keyloom_dynamodb_engine::Fault;
use keyloom_dynamodb_engine::faults::Rewritten;

use super::{Place, base};

fn noon() -> ManualClock {
    ManualClock::new("2100-03-01T12:00:00.000000Z".parse::<Timestamp>().expect("a time"))
}

/// A table with records of three tenants, some of which expire at times of their own.
async fn crowd(clock: &ManualClock) -> Place {
    let place = Place::new();
    let store = base::Tasks::open(place.creating()).clock(clock.clone()).await.unwrap();
    for owner in ["adam", "eva", "zoe"] {
        let tasks = store.tenant(&owner.to_owned());
        for id in 1..=20 {
            let hours = Duration::from_hours(u64::from(id));
            let expires = (id % 4 == 0).then(|| clock.now().saturating_add(hours));
            let owner = owner.to_owned();
            let mut task = base::Task { owner, expires, ..base::Task::new(id) };
            tasks.insert(&mut task).await.expect("it is inserted");
        }
    }
    place.faults.take();
    place
}

#[tokio::test]
async fn every_record_of_every_tenant_is_read() {
    let clock = noon();
    let place = crowd(&clock).await;
    let administration = place.engine().administration::<base::Tasks>().await.unwrap();
    let administration = administration.clock(clock.clone());
    place.faults.take();
    for segments in [0, 1, 3, 8] {
        let scan = administration.scan::<base::Task>().segments(segments);
        let stream = scan.stream();
        assert_eq!(place.operations(), [""; 0], "nothing is read before it is polled");
        let all: Vec<base::Task> = stream.try_collect().await.expect("all are read");
        let keys: BTreeSet<_> = all.iter().map(|task| (task.owner.clone(), task.id)).collect();
        assert_eq!((all.len(), keys.len()), (60, 60));
        let requests = place.faults.take();
        assert_eq!(requests.len(), segments.max(1) as usize);
        for one in requests {
            assert_eq!(one.request().json()["ConsistentRead"], true);
        }
    }
    // What expired is left out, swept or not.
    clock.advance(Duration::from_hours(8));
    let left = administration.scan::<base::Task>().eventually_consistent().stream();
    let left: Vec<base::Task> = left.try_collect().await.expect("all are read");
    assert_eq!(left.len(), 60 - 3 * 2);
    assert!(left.iter().all(|task| task.expires.is_none_or(|expires| expires > clock.now())));
    for one in place.faults.take() {
        assert_ne!(one.request().json()["ConsistentRead"], true);
    }
}

#[tokio::test]
async fn a_scan_goes_on_over_pages_and_faults() {
    let clock = noon();
    let place = crowd(&clock).await;
    let administration = place.engine().administration::<base::Tasks>().await.unwrap();
    let administration = administration.clock(clock.clone());
    place.faults.set(|request, n| {
        if request.operation() == "Scan" && n % 3 == 0 {
            return Fault::throttled();
        }
        // Pages of five items, as if they were large.
        Fault::rewrite(|mut request| {
            request["Limit"] = 5.into();
            Rewritten::Send(request, Box::new(|_| {}))
        })
    });
    let all = administration.scan::<base::Task>().stream();
    let all: Vec<base::Task> = all.try_collect().await.expect("all are read");
    let keys: BTreeSet<_> = all.iter().map(|task| (task.owner.clone(), task.id)).collect();
    assert_eq!((all.len(), keys.len()), (60, 60));
    assert!(place.faults.count("Scan") > 12);
}

#[tokio::test]
async fn a_record_that_does_not_decode_does_not_end_a_scan() {
    let clock = noon();
    let place = crowd(&clock).await;
    let broken = place.client().update_item().table_name(place.table());
    let broken = broken
        .key("pk", AttributeValue::S("eva#list#l".to_owned()))
        .key("sk", AttributeValue::S("0000000007".to_owned()))
        .update_expression("SET title = :other")
        .condition_expression("attribute_exists(pk)")
        .expression_attribute_values(":other", AttributeValue::N("7".to_owned()));
    broken.send().await.expect("it is stored");
    let administration = place.engine().administration::<base::Tasks>().await.unwrap();
    let administration = administration.clock(clock.clone());
    let scan = || administration.scan::<base::Task>().stream().collect::<Vec<_>>();
    let all = scan().await;
    let errors: Vec<_> = all.iter().filter_map(|one| one.as_ref().err()).collect();
    assert_eq!((all.len(), errors.len()), (60, 1));
    assert_eq!((errors[0].kind(), errors[0].field()), (ErrorKind::Decode, Some("title")));

    // Any other error does.
    place.faults.set(|_, _| Fault::error(400, "AccessDeniedException", "no"));
    let all = scan().await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].as_ref().unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn administration_checks_the_table_as_opening_does() {
    let place = Place::new();
    let error = place.engine().administration::<base::Tasks>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    place.creating().administration::<base::Tasks>().await.expect("it is created");
}
