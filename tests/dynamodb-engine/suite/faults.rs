//! Each fault once, as the client and the engine see it.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{KeysAndAttributes, PutRequest, WriteRequest};
use keyloom_dynamodb_engine::faults::{Answer, Loss, rules};
use keyloom_dynamodb_engine::{Endpoint, Fault, Faults};

use crate::common::{create_table, put, text};

struct Bench {
    _endpoint: Endpoint,
    faults: Faults,
    client: Client,
    table: String,
}

impl Bench {
    async fn new() -> Self {
        let endpoint = Endpoint::fresh();
        let faults = Faults::none();
        let client = endpoint.client_with(&faults);
        let table = create_table(&endpoint, &client).await;
        faults.take();
        Self { _endpoint: endpoint, faults, client, table }
    }

    /// The error that a put of this item gets with this fault, and whether the item is there then.
    async fn put(&self, pk: &str, fault: Fault) -> (Option<String>, bool) {
        self.faults.script([fault]);
        let error = match put(&self.client, &self.table, pk, "1").send().await {
            Ok(_) => None,
            Err(SdkError::ServiceError(error)) => {
                Some(error.err().code().unwrap_or("no code").to_owned())
            }
            Err(error) => Some(DisplayErrorContext(error).to_string()),
        };
        (error, self.holds(pk).await)
    }

    async fn holds(&self, pk: &str) -> bool {
        let read = self.client.get_item().table_name(&self.table).key("pk", text(pk));
        read.key("sk", text("1")).send().await.expect("a read").item.is_some()
    }
}

#[tokio::test]
async fn what_passes_is_recorded() {
    let bench = Bench::new().await;
    assert_eq!(bench.put("a", Fault::Pass).await, (None, true));
    let [put, get] = &bench.faults.take()[..] else { panic!("two requests") };
    assert_eq!(put.request().operation(), "PutItem");
    assert_eq!(put.request().json()["Item"]["pk"]["S"], "a");
    assert_eq!(
        (put.status(), put.engine_status(), put.response_bytes()),
        (Some(200), Some(200), 2)
    );
    assert_eq!(get.request().operation(), "GetItem");
    assert_eq!(bench.faults.count("GetItem"), 0);
}

#[tokio::test]
async fn answers_and_requests_are_lost() {
    let bench = Bench::new().await;
    for (pk, loss, says) in [
        ("a", Loss::Reset, "connection reset"),
        ("b", Loss::Closed, "closed before message completed"),
        ("c", Loss::Timeout, "timeout"),
    ] {
        let (error, applied) = bench.put(pk, Fault::LoseAnswer(loss)).await;
        let error = error.expect("a lost answer");
        assert!(error.contains(says) && applied, "{error}");
        let lost = bench.put(&format!("{pk}{pk}"), Fault::LoseRequest(loss)).await;
        assert_eq!(lost, (Some(error), false));
    }
    let [answer, _, request, ..] = &bench.faults.take()[..] else { panic!("requests") };
    assert_eq!((answer.status(), answer.engine_status()), (None, Some(200)));
    assert_eq!((request.status(), request.engine_status()), (None, None));
}

#[tokio::test]
async fn a_refused_connection_is_a_real_one() {
    let bench = Bench::new().await;
    let (error, applied) = bench.put("a", Fault::Refuse).await;
    let error = error.expect("no connection");
    assert!(error.contains("ConnectionRefused") && !applied, "{error}");
}

#[tokio::test]
async fn a_request_arrives_late() {
    let bench = Bench::new().await;
    let late = Fault::DeliverLate(Loss::Reset, Duration::from_millis(100));
    let (error, applied) = bench.put("a", late).await;
    assert!(error.is_some() && !applied);
    bench.faults.settled().await;
    assert!(bench.holds("a").await);
    let began = Instant::now();
    let delayed = bench.put("b", Fault::Delay(Duration::from_millis(50))).await;
    assert_eq!(delayed, (None, true));
    assert!(began.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_hanging_request_runs_into_the_clients_timeout() {
    let bench = Bench::new().await;
    for (pk, hang, applied) in [("a", Fault::Hang, false), ("b", Fault::HangAfterApplying, true)] {
        bench.faults.script([hang]);
        let limit = TimeoutConfig::builder().operation_timeout(Duration::from_millis(200)).build();
        let error = put(&bench.client, &bench.table, pk, "1")
            .customize()
            .config_override(aws_sdk_dynamodb::Config::builder().timeout_config(limit))
            .send()
            .await
            .expect_err("a timeout");
        assert!(matches!(error, SdkError::TimeoutError(_)), "{error:?}");
        assert_eq!(bench.holds(pk).await, applied);
    }
}

#[tokio::test]
async fn answers_are_made_up() {
    let bench = Bench::new().await;
    let throttled = bench.put("a", Fault::throttled()).await;
    assert_eq!(throttled, (Some("ProvisionedThroughputExceededException".into()), false));
    let failed = bench.put("b", Fault::internal_error(true)).await;
    assert_eq!(failed, (Some("InternalServerError".into()), true));
    let cancelled = bench.put("c", Fault::cancelled(&["None", "TransactionConflict"])).await;
    assert_eq!(cancelled, (Some("TransactionCanceledException".into()), false));
    let (broken, applied) = bench.put("d", Fault::Answer(Answer::new(200, "{\"Attri"))).await;
    assert!(broken.is_some() && !applied, "{broken:?}");
    let own = bench.faults.requests();
    assert_eq!((own[2].status(), own[2].engine_status()), (Some(500), Some(200)));
}

#[tokio::test]
async fn batches_are_left_undone() {
    let bench = Bench::new().await;
    let writes = ["a", "b", "c"].map(|pk| {
        let item = PutRequest::builder().item("pk", text(pk)).item("sk", text("1")).build();
        WriteRequest::builder().put_request(item.expect("a whole put")).build()
    });
    for (kept, unprocessed) in [(2, 1), (0, 3)] {
        bench.faults.script([Fault::unprocessed_writes(kept)]);
        let written = bench
            .client
            .batch_write_item()
            .request_items(&bench.table, writes.to_vec())
            .send()
            .await
            .expect("a batch");
        let left = written.unprocessed_items().and_then(|tables| tables.get(&bench.table));
        assert_eq!(left, Some(&writes[3 - unprocessed..].to_vec()));
        assert!(bench.holds("b").await && !bench.holds("c").await);
    }

    bench.faults.script([Fault::unprocessed_keys(1)]);
    let keys = ["a", "b"].map(|pk| [("pk".into(), text(pk)), ("sk".into(), text("1"))].into());
    let asked = KeysAndAttributes::builder().set_keys(Some(keys.to_vec())).build();
    let asked = asked.expect("whole keys");
    let read = bench.client.batch_get_item().request_items(&bench.table, asked);
    let read = read.send().await.expect("a batch");
    let left = &read.unprocessed_keys.unwrap_or_default()[&bench.table];
    assert_eq!(left.keys(), &keys[1..]);
    assert_eq!(read.responses.unwrap_or_default()[&bench.table].len(), 1);
}

#[tokio::test]
async fn an_index_lags() {
    let bench = Bench::new().await;
    bench.faults.set(rules::lagging_index(2));
    let mut found = Vec::new();
    for _ in 0..3 {
        let query = bench.client.query().table_name(&bench.table).index_name("none");
        let query = query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text("a"));
        found.push(query.send().await.map(|page| page.count).ok());
    }
    // The engine, which has no such index, is asked only once the lag is over.
    assert_eq!(found, [Some(0), Some(0), None]);
}

#[tokio::test]
async fn random_losses_are_those_of_their_seed() {
    let bench = Bench::new().await;
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        bench.faults.set(rules::losing(seed, 0.5));
        bench.faults.take();
        for _ in 0..40 {
            drop(put(&bench.client, &bench.table, "a", "1").send().await);
        }
        let run = bench.faults.take();
        runs.push(run.iter().map(|one| (one.status(), one.engine_status())).collect::<Vec<_>>());
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    for kind in [(Some(200), Some(200)), (None, Some(200)), (None, None)] {
        assert!(runs[0].contains(&kind));
    }
}
