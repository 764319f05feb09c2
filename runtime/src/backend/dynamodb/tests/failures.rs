//! What each failure of the SDK and of DynamoDB says of the request.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io;

use super::super::error::{Effect, Failure, cancelled, failure};
use super::super::sdk::config::http::HttpResponse;
use super::super::sdk::error::{ConnectorError, ErrorMetadata, SdkError};
use super::super::sdk::operation::put_item::PutItemError;
use super::super::sdk::operation::transact_write_items::TransactWriteItemsError;
use super::super::sdk::types::error::{
    ConditionalCheckFailedException, TransactionCanceledException,
};
use super::super::sdk::types::{AttributeValue, CancellationReason};
use crate::error::{Error, ErrorKind};

type PutError = SdkError<PutItemError>;

fn response(status: u16) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), "secret".into())
}

fn answered(status: u16, code: &str, message: &str) -> PutError {
    let metadata = ErrorMetadata::builder().code(code).message(message).build();
    PutError::service_error(PutItemError::generic(metadata), response(status))
}

fn io(kind: io::ErrorKind) -> Box<dyn StdError + Send + Sync> {
    io::Error::new(kind, "secret").into()
}

/// As hyper says that it could not connect.
#[derive(Debug)]
struct Unconnected;

impl std::fmt::Display for Unconnected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("client error (Connect)")
    }
}

impl StdError for Unconnected {}

fn line(name: &str, sent: bool, error: PutError) -> String {
    let Failure::Other(problem) = failure(error, sent) else {
        panic!("{name} is a problem");
    };
    let sent = if sent { "sent" } else { "unsent" };
    let effect = format!("{:?}", problem.effect);
    let retry = if problem.retry { "retry" } else { "-" };
    // A caller may only be told to try again where this backend would.
    assert!(problem.retry || !problem.error.is_retryable(), "{name}");
    format!("{name:<20} {sent:<7} {effect:<11} {retry:<6} {}\n", problem.error)
}

#[test]
fn each_variant_of_the_sdk_has_its_meaning() {
    type Make = (&'static str, fn() -> PutError);
    let makes: [Make; 12] = [
        ("construction", || PutError::construction_failure("secret")),
        ("timeout", || PutError::timeout_error("secret")),
        ("response", || PutError::response_error("secret", response(200))),
        ("user", || PutError::dispatch_failure(ConnectorError::user("secret".into()))),
        ("connector timeout", || {
            PutError::dispatch_failure(ConnectorError::timeout("secret".into()))
        }),
        ("other", || PutError::dispatch_failure(ConnectorError::other("secret".into(), None))),
        ("refused", || {
            PutError::dispatch_failure(ConnectorError::io(io(io::ErrorKind::ConnectionRefused)))
        }),
        ("unconnected", || PutError::dispatch_failure(ConnectorError::io(Unconnected.into()))),
        ("reset", || {
            PutError::dispatch_failure(ConnectorError::io(io(io::ErrorKind::ConnectionReset)))
        }),
        ("throttled", || answered(400, "ThrottlingException", "secret")),
        ("server", || answered(500, "InternalServerError", "secret")),
        ("new code", || answered(400, "BrandNewException", "secret")),
    ];
    let mut table = String::new();
    for (name, make) in makes {
        for sent in [true, false] {
            table.push_str(&line(name, sent, make()));
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn messages_hide_what_the_engine_repeats() {
    for error in [
        answered(400, "ValidationException", "secret"),
        answered(400, "Strange secret code!\u{1b}[31m", "secret"),
        PutError::response_error("secret", response(200)),
    ] {
        let error = failure(error, true).into_error();
        let shown = format!("{error} {error:?} {}", error.source().unwrap());
        assert!(!shown.contains("secret") || shown.contains("Strangesecretcode31m"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
        let deep = error.source().unwrap().source().unwrap();
        assert!(deep.downcast_ref::<PutItemError>().is_some() || deep.is::<PutError>());
    }
}

#[test]
fn a_condition_brings_the_stored_item() {
    let stored = AttributeValue::S("stored".to_owned());
    let failed = ConditionalCheckFailedException::builder().item("pk", stored.clone()).build();
    let error = PutItemError::ConditionalCheckFailedException(failed);
    let failure = failure(PutError::service_error(error, response(400)), true);
    let Failure::Condition(Some(item)) = failure else {
        panic!("it is a condition: {failure:?}");
    };
    assert_eq!(item["pk"], stored);
}

#[test]
fn a_cancelled_transaction_brings_its_reasons() {
    let reason = |code: &str| CancellationReason::builder().code(code).message("secret").build();
    let mut table = String::new();
    for code in [
        "None",
        "ConditionalCheckFailed",
        "TransactionConflict",
        "ProvisionedThroughputExceeded",
        "ThrottlingError",
        "ItemCollectionSizeLimitExceeded",
        "ValidationError",
        "DuplicateItem",
        "AccessDenied",
        "BrandNew",
    ] {
        match cancelled(&reason(code)) {
            None => writeln!(table, "{code:<32} says nothing").unwrap(),
            Some(problem) => {
                assert_eq!(problem.effect, Effect::NotApplied);
                let retry = if problem.retry { "retry" } else { "-" };
                writeln!(table, "{code:<32} {retry:<6} {}", problem.error).unwrap();
            }
        }
    }
    insta::assert_snapshot!(table);

    let cancelled = |codes: &[&str]| {
        let reasons = codes.iter().map(|code| reason(code)).collect();
        let cancelled =
            TransactionCanceledException::builder().set_cancellation_reasons(Some(reasons)).build();
        let error = TransactWriteItemsError::TransactionCanceledException(cancelled);
        failure(SdkError::<TransactWriteItemsError>::service_error(error, response(400)), true)
    };
    let failure = cancelled(&["None", "TransactionConflict"]);
    assert!(matches!(&failure, Failure::Cancelled(reasons) if reasons.len() == 2));
    assert_eq!(failure.into_error().kind(), ErrorKind::Contended);
    assert!(cancelled(&["ThrottlingError"]).is_throttled());
    assert!(!cancelled(&["ConditionalCheckFailed"]).is_throttled());
    let error: Error = cancelled(&[]).into_error();
    assert_eq!(error.kind(), ErrorKind::Contended);
}
