//! Tables that are created, and tables that are only opened.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use keyloom::dynamodb::{CreateTable, DynamoDb, sdk};
use keyloom::{ErrorKind, Table};
use keyloom_dynamodb_engine::Fault;
use keyloom_dynamodb_engine::faults::{Loss, Request};

use super::{Place, base, version};

#[tokio::test]
async fn a_table_is_created_only_when_asked() {
    let place = Place::new();
    let error = place.open::<base::Tasks>().await.map(drop).expect_err("there is no table");
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    insta::assert_snapshot!(error.to_string().replace(place.endpoint.prefix(), ""));
    assert_eq!(place.operations(), ["DescribeTable"]);

    let tags = CreateTable::on_demand().tag("team", "blue").tag("stage", "test");
    let store = base::Tasks::open(place.engine().create_table(tags)).await.expect("it is created");
    insta::assert_snapshot!(place.requests());
    let tasks = store.tenant(&"zoe".to_owned());
    tasks.insert(&mut base::Task::new(1)).await.expect("it is inserted");
    place.faults.take();

    // Both ways to open it send the same and change nothing.
    for engine in [place.engine(), place.creating()] {
        let store = base::Tasks::open(engine).await.expect("it fits");
        assert_eq!(place.operations(), ["DescribeTable", "DescribeTimeToLive", "GetItem"]);
        let tasks = store.tenant(&"zoe".to_owned());
        let stored = tasks.get(base::Task::key("l", 1)).await.unwrap().expect("it is stored");
        assert_eq!(stored.title, "title 1");
        place.faults.take();
    }
    let client = place.client();
    let described = client.describe_time_to_live().table_name(place.table()).send().await.unwrap();
    let described = described.time_to_live_description.expect("it is described");
    assert_eq!(described.attribute_name(), Some("_ttl"));
}

version!(lasting, [global, partition = "list#{list}", sort = "{id}"], {
    pub(crate) list: String,
    pub(crate) id: u32,
});

#[tokio::test]
async fn a_table_with_provisioned_throughput() {
    let place = Place::new();
    let options = CreateTable::provisioned(7, 3).deletion_protection();
    lasting::Tasks::open(place.engine().create_table(options)).await.expect("it is created");
    insta::assert_snapshot!(place.requests());
    let client = place.client();
    let unprotected = client.update_table().table_name(place.table());
    unprotected.deletion_protection_enabled(false).send().await.expect("it can be removed again");
}

#[tokio::test]
async fn racing_creators_share_one_table() {
    let place = Place::new();
    let opens = (0..8).map(|_| base::Tasks::open(place.creating()).into_future());
    for opened in join_all(opens).await {
        let tasks = opened.expect("it is open").tenant(&"zoe".to_owned());
        tasks.get(base::Task::key("l", 1)).await.expect("it is read");
    }
    place.faults.take();
    place.open::<base::Tasks>().await.expect("it is whole");
    assert_eq!(place.operations(), ["DescribeTable", "DescribeTimeToLive", "GetItem"]);
}

/// The next answers to `DescribeTable` say that the table is still being created.
fn creating(looks: usize) -> impl Fn(&Request, usize) -> Fault {
    let left = AtomicUsize::new(looks);
    move |request, _| {
        let one_less = |left: usize| left.checked_sub(1);
        let order = Ordering::SeqCst;
        if request.operation() != "DescribeTable"
            || left.fetch_update(order, order, one_less).is_err()
        {
            return Fault::Pass;
        }
        Fault::rewrite_answer(|answer| {
            if let Some(table) = answer.get_mut("Table") {
                table["TableStatus"] = "CREATING".into();
            }
        })
    }
}

#[tokio::test]
async fn a_table_that_is_being_created_is_waited_for_when_asked() {
    let place = Place::new();
    // The first look finds none.
    place.faults.set(creating(4));
    base::Tasks::open(place.creating()).await.expect("it is created");
    let looks = place.operations().iter().filter(|one| *one == "DescribeTable").count();
    assert_eq!(looks, 5);

    place.faults.set(creating(usize::MAX));
    let error = place.open::<base::Tasks>().await.map(drop).expect_err("it is not ready");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, true), "{error}");
    let patience = Duration::from_millis(400);
    let engine = place.creating().table_deadline(patience);
    let begin = Instant::now();
    let error = base::Tasks::open(engine).await.map(drop).expect_err("it is not ready");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, true), "{error}");
    assert!(begin.elapsed() < patience + Duration::from_secs(5));
}

/// Opens through a network where the first request of an operation has this fault.
async fn create_under(operation: &'static str, fault: Fault) {
    let place = Place::new();
    let met = AtomicBool::new(false);
    place.faults.set(move |request, _| {
        let first = request.operation() == operation && !met.swap(true, Ordering::SeqCst);
        if first { fault.clone() } else { Fault::Pass }
    });
    base::Tasks::open(place.creating()).await.expect(operation);
    place.faults.clear();
    place.faults.take();
    place.open::<base::Tasks>().await.expect("it is whole");
    assert_eq!(place.operations(), ["DescribeTable", "DescribeTimeToLive", "GetItem"]);
}

#[tokio::test]
async fn every_request_of_creation_may_fail() {
    for operation in ["CreateTable", "UpdateTimeToLive", "PutItem", "DescribeTable", "GetItem"] {
        let faults = [
            Fault::LoseAnswer(Loss::Reset),
            Fault::LoseAnswer(Loss::Closed),
            Fault::LoseAnswer(Loss::Timeout),
            Fault::LoseRequest(Loss::Reset),
            Fault::internal_error(true),
            Fault::throttled(),
            Fault::Refuse,
        ];
        join_all(faults.map(|fault| create_under(operation, fault))).await;
    }
}

#[tokio::test]
async fn unchecked_sends_nothing() {
    let place = Place::with(1).await;
    let engine = place.creating().add_missing_indexes().unchecked();
    let store = base::Tasks::open(engine).await.expect("nothing is looked at");
    assert_eq!(place.operations(), [""; 0]);
    let tasks = store.tenant(&"zoe".to_owned());
    assert!(tasks.get(base::Task::key("l", 1)).await.unwrap().is_some());
    // Also where there is no table.
    let elsewhere = Place::new();
    let store = base::Tasks::open(elsewhere.engine().unchecked()).await.expect("it opens");
    let error = store.tenant(&"zoe".to_owned()).get(base::Task::key("l", 1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
}

#[tokio::test]
async fn a_hanging_endpoint_returns_by_its_deadline() {
    let place = Place::new();
    place.faults.set(|_, _| Fault::Hang);
    let deadline = Duration::from_millis(600);
    let engine = place.creating().deadline(deadline).attempt_timeout(Duration::from_millis(200));
    let begin = Instant::now();
    let error = base::Tasks::open(engine).await.map(drop).expect_err("nobody answers");
    assert!(begin.elapsed() >= Duration::from_millis(200), "{:?}", begin.elapsed());
    assert!(begin.elapsed() < deadline + Duration::from_secs(2), "{:?}", begin.elapsed());
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, true), "{error}");
    assert!(place.operations().len() >= 2);
}

#[tokio::test]
async fn credentials_that_are_not_accepted() {
    let place = Place::new();
    for code in ["AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"] {
        place.faults.set(move |_, _| Fault::error(400, code, "secret"));
        let error = place.open::<base::Tasks>().await.map(drop).expect_err("it is refused");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, false));
        assert_eq!(place.operations(), ["DescribeTable"]);
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}

/// Where no connection comes about nothing is sent either.
#[tokio::test]
async fn an_endpoint_that_is_not_there() {
    let place = Place::with(1).await;
    // A port that nobody listens on, and a name that nobody can have.
    for url in ["http://127.0.0.1:1".to_owned(), format!("http://{}.invalid", "x".repeat(64))] {
        let config = place.endpoint.config_with(&place.faults).endpoint_url(&url).build();
        let engine = DynamoDb::new(sdk::Client::from_conf(config)).unchecked();
        let engine = engine.deadline(Duration::from_secs(1));
        let store = base::Tasks::open(engine).await.expect("it opens");
        let tasks = store.tenant(&"zoe".to_owned());
        let error = tasks.insert(&mut base::Task::new(2)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{url}: {error}");
        assert!(error.is_retryable());
        assert!(place.operations().len() > 1);
    }
}

/// Without credentials nothing is sent, so a write is known to be not applied.
#[tokio::test]
async fn a_client_without_credentials() {
    let place = Place::with(1).await;
    let network = place.endpoint.config_with(&place.faults).build().http_client();
    let config = sdk::Config::builder()
        .behavior_version(sdk::config::BehaviorVersion::latest())
        .region(sdk::config::Region::new("us-east-1"))
        .endpoint_url(place.endpoint.url())
        .http_client(network.expect("the client has a network"))
        .build();
    let client = sdk::Client::from_conf(config);
    let engine = DynamoDb::new(client).table_prefix(place.endpoint.prefix());
    let error = base::Tasks::open(engine.clone()).await.map(drop).expect_err("nobody signs");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, false), "{error}");
    let store = base::Tasks::open(engine.unchecked()).await.expect("it opens");
    let tasks = store.tenant(&"zoe".to_owned());
    let error = tasks.insert(&mut base::Task::new(2)).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, false), "{error}");
    assert_eq!(place.operations(), [""; 0]);
}

#[tokio::test]
async fn a_client_without_a_timer_of_its_own_and_a_deadline_of_none() {
    let place = Place::with(1).await;
    let mut config = place.endpoint.config_with(&place.faults);
    config.set_sleep_impl(None);
    let client = sdk::Client::from_conf(config.build());
    let engine = DynamoDb::new(client.clone()).table_prefix(place.endpoint.prefix());
    place.faults.script([Fault::throttled(), Fault::Pass, Fault::throttled()]);
    base::Tasks::open(engine).await.expect("the SDK's own timer serves");
    assert_eq!(place.operations().len(), 5);

    for engine in [
        DynamoDb::new(client.clone()).deadline(Duration::ZERO),
        DynamoDb::new(client).attempt_timeout(Duration::ZERO),
    ] {
        let error = base::Tasks::open(engine).await.map(drop).expect_err("there is no time");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    assert_eq!(place.operations(), [""; 0]);
}
