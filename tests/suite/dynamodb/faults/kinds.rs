//! The table of kinds: what a program is told of each error, for each operation.
//!
//! An error comes once, and the operation goes on behind it or ends; or it comes always, and the
//! operation ends by its deadline.

use std::fmt::Write as _;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use keyloom::dynamodb::{DynamoDb, sdk};
use keyloom::{ErrorKind, Result};
use keyloom_dynamodb_engine::faults::{Answer, Loss};
use keyloom_dynamodb_engine::{Fault, Faults};
use sdk::config::interceptors::BeforeSerializationInterceptorContextMut;
use sdk::config::timeout::TimeoutConfig;
use sdk::config::{Builder, ConfigBag, Intercept, RuntimeComponents};
use sdk::error::BoxError;

use super::{All, Counter, Named, Note, Place, Subject, open};

/// The codes of the table in `backend/dynamodb/code.rs`, class by class, each with its status. Of the
/// first of a class it is told what happens if it comes always.
const CODES: &[&[(u16, &str)]] = &[
    &[
        (400, "ProvisionedThroughputExceededException"),
        (400, "ProvisionedThroughputExceeded"),
        (400, "RequestLimitExceeded"),
        (400, "ThrottlingException"),
        (400, "ThrottlingError"),
        (400, "Throttling"),
        (400, "ThrottledException"),
        (400, "RequestThrottled"),
        (400, "RequestThrottledException"),
        (429, "TooManyRequestsException"),
        (509, "BandwidthLimitExceeded"),
        (503, "SlowDown"),
    ],
    &[(400, "LimitExceededException")],
    &[
        (400, "ResourceInUseException"),
        (400, "TableInUseException"),
        (400, "TableAlreadyExistsException"),
    ],
    &[
        (400, "TransactionConflictException"),
        (400, "TransactionConflict"),
        (400, "ReplicatedWriteConflictException"),
    ],
    &[(400, "TransactionInProgressException")],
    &[
        (500, "InternalServerError"),
        (500, "InternalServerErrorException"),
        (500, "InternalServerException"),
        (500, "InternalFailure"),
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
        (503, "ServiceUnavailableException"),
    ],
    &[(400, "RequestTimeout"), (400, "RequestTimeoutException")],
    &[(400, "ResourceNotFoundException"), (400, "TableNotFoundException")],
    &[(400, "IndexNotFoundException")],
    &[(400, "ItemCollectionSizeLimitExceededException"), (400, "ItemCollectionSizeLimitExceeded")],
    &[(413, "RequestEntityTooLarge"), (413, "RequestEntityTooLargeException")],
    &[(400, "ValidationException"), (400, "ValidationError")],
    &[
        (400, "AccessDeniedException"),
        (403, "AccessDenied"),
        (403, "UnauthorizedOperation"),
        (400, "NotAuthorized"),
        (403, "OptInRequired"),
        (400, "PolicyNotFoundException"),
    ],
    &[
        (400, "UnrecognizedClientException"),
        (403, "InvalidClientTokenId"),
        (403, "MissingAuthenticationToken"),
        (400, "MissingAuthenticationTokenException"),
        (400, "IncompleteSignature"),
        (400, "IncompleteSignatureException"),
        (400, "InvalidSignatureException"),
        (403, "SignatureDoesNotMatch"),
    ],
    &[
        (400, "ExpiredToken"),
        (400, "ExpiredTokenException"),
        (400, "RequestExpired"),
        (403, "RequestTimeTooSkewed"),
    ],
    &[
        (400, "SerializationException"),
        (404, "MalformedQueryString"),
        (400, "InvalidParameterValue"),
        (400, "InvalidParameterCombination"),
        (400, "MissingParameter"),
        (400, "InvalidEndpointException"),
    ],
    &[
        (400, "UnknownOperationException"),
        (400, "UnknownOperation"),
        (400, "InvalidAction"),
        (400, "MissingAction"),
    ],
    &[(400, "IdempotentParameterMismatchException")],
    // Without an item these two say that nothing is stored.
    &[(400, "ConditionalCheckFailedException"), (400, "ConditionalCheckFailed")],
    &[(400, "TransactionCanceledException")],
    &[(400, "DuplicateItemException"), (400, "DuplicateItem")],
    // Not in the table: they go by their status.
    &[(400, "ABrandNewException")],
    &[(500, "ABrandNewFailure")],
    &[(302, "Elsewhere")],
];

/// The kinds of a transaction's reasons; a condition that fails comes with the stored item and is told
/// by other tests.
const REASONS: [&str; 9] = [
    "TransactionConflict",
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
    "ItemCollectionSizeLimitExceeded",
    "ValidationError",
    "AccessDenied",
    "DuplicateItem",
    "ABrandNewReason",
    "None",
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operation {
    Get,
    GetMany,
    Query,
    IndexQuery,
    Insert,
    Save,
    Upsert,
    Delete,
    DeleteByKey,
    DeleteAll,
    InsertUnique,
    SaveUnique,
    DeleteUnique,
}

use Operation as O;

const OPERATIONS: [Operation; 13] = [
    O::Get,
    O::GetMany,
    O::Query,
    O::IndexQuery,
    O::Insert,
    O::Save,
    O::Upsert,
    O::Delete,
    O::DeleteByKey,
    O::DeleteAll,
    O::InsertUnique,
    O::SaveUnique,
    O::DeleteUnique,
];

/// What goes wrong, and with which client.
#[derive(Clone)]
struct Row {
    name: String,
    fault: Fault,
    client: fn(Builder) -> Builder,
    always: bool,
}

impl Row {
    fn new(name: impl Into<String>, fault: Fault) -> Self {
        Self { name: name.into(), fault, client: |builder| builder, always: true }
    }
}

/// A column: an operation on records of its own.
struct Cell {
    place: &'static Place,
    calm: All,
    id: u32,
    operation: Operation,
}

impl Cell {
    /// The counter and the named record that the operation meets.
    async fn prepared(&self) -> (Counter, Named) {
        let (mut counter, mut named) = (Counter::blank(self.id), Named::blank(self.id));
        match self.operation {
            O::Insert | O::InsertUnique | O::Upsert => {}
            O::SaveUnique | O::DeleteUnique => self.calm.insert(&mut named).await.unwrap(),
            _ => self.calm.insert(&mut counter).await.unwrap(),
        }
        (counter, named)
    }

    async fn run(&self, scope: &All, counter: &mut Counter, named: &mut Named) -> Result<()> {
        let (id, other) = (self.id, self.id + 1_000_000);
        match self.operation {
            O::Get => scope.get(Counter::key(id)).await.map(drop),
            O::GetMany => scope.get_many([id, other].map(Counter::key)).await.map(drop),
            O::Query => scope.query(Counter::partition(id)).all().await.map(drop),
            O::IndexQuery => scope.query(Counter::by_value().value(1)).all().await.map(drop),
            O::Insert => scope.insert(counter).await,
            O::Save => scope.save(counter).await,
            O::Upsert => scope.save(&mut Note::blank(id)).await,
            O::Delete => scope.delete(&*counter).await.map(drop),
            O::DeleteByKey => scope.delete(Counter::key(id)).await.map(drop),
            O::DeleteAll => {
                let all = scope.delete_all([id, other].map(Counter::key)).await?;
                all.into_iter().collect()
            }
            O::InsertUnique => scope.insert(named).await,
            O::SaveUnique => {
                named.name.push('!');
                scope.save(named).await
            }
            O::DeleteUnique => scope.delete(&*named).await.map(drop),
        }
    }

    /// What the program is told, and after how many requests.
    async fn told(&self, row: &Row, always: bool) -> String {
        let (mut counter, mut named) = self.prepared().await;
        let faults = Faults::none();
        let builder = (row.client)(self.place.endpoint.config_with(&faults));
        let client = sdk::Client::from_conf(builder.build());
        let engine = DynamoDb::new(client).table_prefix(self.place.endpoint.prefix());
        let scope = if always {
            open(engine.deadline(Duration::from_secs(1))).await
        } else {
            open(engine.attempt_timeout(Duration::from_secs(2))).await
        };
        let in_transaction =
            matches!(self.operation, O::InsertUnique | O::SaveUnique | O::DeleteUnique);
        let (fault, seen) = (row.fault.clone(), std::sync::atomic::AtomicUsize::new(0));
        faults.set(move |request, _| {
            if in_transaction && request.operation() != "TransactWriteItems" {
                return Fault::Pass;
            }
            let n = seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if always || n == 0 { fault.clone() } else { Fault::Pass }
        });
        let told = match self.run(&scope, &mut counter, &mut named).await {
            Ok(()) => "ok".to_owned(),
            Err(error) if error.is_retryable() => format!("{}, retryable", error.kind()),
            Err(error) => error.kind().to_string(),
        };
        if always {
            // How many attempts there were is chance.
            return told;
        }
        let operation = if in_transaction { "TransactWriteItems" } else { "" };
        let sent = faults.take();
        let sent = sent.iter().filter(|one| one.request().operation().starts_with(operation));
        format!("{told}, after {}", sent.count())
    }
}

/// The table of these rows.
async fn table(rows: &[Row], operations: &[Operation]) -> String {
    // The futures of the cells borrow it, and all of them end before the test does.
    let place: &'static Place = Box::leak(Box::new(Place::new().await));
    let calm = place.calm().await;
    let mut cells = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        for always in [false, true] {
            if always && !row.always {
                continue;
            }
            for &operation in operations {
                let id = u32::try_from(cells.len()).unwrap();
                let (calm, row) = (calm.clone(), row.clone());
                cells.push(async move {
                    let cell = Cell { place, calm, id, operation };
                    (at, always, operation, cell.told(&row, always).await)
                });
            }
        }
    }
    let told: Vec<_> = stream::iter(cells).map(tokio::spawn).buffered(48).collect().await;
    let told: Vec<_> = told.into_iter().map(|cell| cell.expect("a cell ends")).collect();
    let mut shown = String::new();
    for (at, row) in rows.iter().enumerate() {
        let _ = writeln!(shown, "{}", row.name);
        for always in [false, true] {
            let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
            let own = told.iter().filter(|cell| cell.0 == at && cell.1 == always);
            for (_, _, operation, told) in own {
                let operation = format!("{operation:?}");
                match groups.iter_mut().find(|(same, _)| same == told) {
                    Some((_, operations)) => operations.push(operation),
                    None => groups.push((told, vec![operation])),
                }
            }
            for (told, operations) in groups {
                let when = if always { "always" } else { "once" };
                let _ = writeln!(shown, "  {when:<7} {told:<32} {}", operations.join(" "));
            }
        }
    }
    shown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_code() {
    let mut rows = Vec::new();
    for class in CODES {
        for (at, (status, code)) in class.iter().enumerate() {
            let fault = Fault::error(*status, code, "");
            rows.push(Row { always: at == 0, ..Row::new(format!("{code} {status}"), fault) });
        }
    }
    insta::assert_snapshot!(table(&rows, &OPERATIONS).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reason_of_a_cancelled_transaction() {
    let mut rows = Vec::new();
    for reason in REASONS {
        for at in 0..2 {
            let mut codes = ["None"; 2];
            codes[at] = reason;
            rows.push(Row::new(format!("{codes:?}"), Fault::cancelled(&codes)));
        }
    }
    rows.push(Row::new("no reasons", Fault::cancelled(&[])));
    let transactions = [O::InsertUnique, O::SaveUnique, O::DeleteUnique];
    insta::assert_snapshot!(table(&rows, &transactions).await);
}

/// An interceptor that lets no request be made.
#[derive(Debug)]
struct NoRequest;

impl Intercept for NoRequest {
    fn name(&self) -> &'static str {
        "NoRequest"
    }

    fn modify_before_serialization(
        &self,
        _: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Err("no request".into())
    }
}

fn impatient(builder: Builder) -> Builder {
    let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_millis(700));
    builder.timeout_config(timeouts.build())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_error_of_the_sdk() {
    let page = "<html>502 Bad Gateway</html>";
    let rows = [
        Row {
            client: |builder| builder.interceptor(NoRequest),
            ..Row::new("construction", Fault::Pass)
        },
        Row { client: impatient, ..Row::new("client's timeout", Fault::Hang) },
        Row {
            client: impatient,
            ..Row::new("client's timeout, applied", Fault::HangAfterApplying)
        },
        Row::new("connection refused", Fault::Refuse),
        Row::new("answer lost, reset", Fault::LoseAnswer(Loss::Reset)),
        Row::new("answer lost, closed", Fault::LoseAnswer(Loss::Closed)),
        Row::new("answer lost, timeout", Fault::LoseAnswer(Loss::Timeout)),
        Row::new("request lost, reset", Fault::LoseRequest(Loss::Reset)),
        Row::new("request lost, closed", Fault::LoseRequest(Loss::Closed)),
        Row::new("request lost, timeout", Fault::LoseRequest(Loss::Timeout)),
        Row::new("hang", Fault::Hang),
        Row::new("hang, applied", Fault::HangAfterApplying),
        Row::new("500, applied", Fault::internal_error(true)),
        Row::new("no JSON", Fault::Answer(Answer::new(200, "{\"Item\":"))),
        Row::new("no JSON, applied", Fault::AnswerAfterApplying(Answer::new(200, "{\"Item\":"))),
        Row::new("page of a proxy 502", Fault::Answer(Answer::new(502, page))),
        Row::new(
            "page of a proxy 502, applied",
            Fault::AnswerAfterApplying(Answer::new(502, page)),
        ),
        Row::new("page of a proxy 403", Fault::Answer(Answer::new(403, page))),
        Row::new("nothing 503", Fault::Answer(Answer::new(503, ""))),
        Row::new("nothing 408", Fault::Answer(Answer::new(408, ""))),
        Row::new("nothing 413", Fault::Answer(Answer::new(413, ""))),
        Row::new("nothing 429", Fault::Answer(Answer::new(429, ""))),
    ];
    insta::assert_snapshot!(table(&rows, &OPERATIONS).await);
}

/// What the snapshots say at length: nobody is told that nothing was written where it may have been.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_have_been_applied_is_not_called_unavailable() {
    let rows = [
        Row::new("lost", Fault::LoseAnswer(Loss::Reset)),
        Row::new("hang", Fault::HangAfterApplying),
        Row::new("500", Fault::internal_error(true)),
    ];
    let writes: Vec<_> = OPERATIONS[4..].to_vec();
    let shown = table(&rows, &writes).await;
    for line in shown.lines() {
        let fine = ["lost", "hang", "500"].contains(&line)
            || line.contains("ok, ")
            || line.contains(&ErrorKind::UnknownOutcome.to_string());
        assert!(fine, "{line}");
    }
}
