//! What DynamoDB's errors and the SDK's mean to a caller.
//!
//! Messages are our own words and name codes, never what a request held: DynamoDB's own messages can
//! repeat a value. They stay reachable behind [`Cause`].

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use super::code::{Class, class, classify};
use super::sdk::error::{BuildError, ProvideErrorMetadata, SdkError};
use super::sdk::operation::RequestId;
use super::sdk::operation::{
    batch_get_item::BatchGetItemError, batch_write_item::BatchWriteItemError,
    create_table::CreateTableError, delete_item::DeleteItemError, delete_table::DeleteTableError,
    describe_table::DescribeTableError, describe_time_to_live::DescribeTimeToLiveError,
    get_item::GetItemError, put_item::PutItemError, query::QueryError, scan::ScanError,
    tag_resource::TagResourceError, transact_get_items::TransactGetItemsError,
    transact_write_items::TransactWriteItemsError, update_item::UpdateItemError,
    update_table::UpdateTableError, update_time_to_live::UpdateTimeToLiveError,
};
use super::sdk::types::{AttributeValue, CancellationReason};
use crate::error::{Error, ErrorKind};

pub(super) use super::code::Effect;

/// Why an attempt failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The condition did not hold; the stored item, if there is one and it was asked for.
    Condition(Option<HashMap<String, AttributeValue>>),
    /// The transaction was cancelled; one reason for each of its items in order.
    Cancelled(Vec<CancellationReason>),
    /// Anything else.
    Other(Problem),
}

/// An error of the engine or of the way to it.
#[derive(Debug)]
pub(super) struct Problem {
    /// What to tell the caller, if nothing else is to be done.
    pub(super) error: Error,
    /// What became of the request.
    pub(super) effect: Effect,
    /// Whether the same request may succeed later.
    pub(super) retry: bool,
}

impl Failure {
    /// Whether the engine asks for fewer requests.
    pub(super) fn is_throttled(&self) -> bool {
        let throttled = |problem: &Problem| problem.error.kind() == ErrorKind::Throttled;
        match self {
            Self::Condition(_) => false,
            Self::Cancelled(reasons) => {
                reasons.iter().any(|reason| cancelled(reason).as_ref().is_some_and(throttled))
            }
            Self::Other(problem) => throttled(problem),
        }
    }

    /// As an error, for requests whose condition nobody else looks at.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Condition(_) => changed(),
            Self::Cancelled(reasons) => {
                reasons.iter().find_map(cancelled).map_or_else(changed, |problem| problem.error)
            }
            Self::Other(problem) => problem.error,
        }
    }
}

#[cold]
fn changed() -> Error {
    Error::new(ErrorKind::Contended, "the stored item was changed meanwhile")
}

impl Class {
    #[cold]
    fn problem(self, source: Option<Cause>) -> Problem {
        let Self { effect, kind, retry, words } = self;
        let mut error = Error::new(kind, words).with_retryable(retry && kind.is_retryable());
        if let Some(source) = source {
            error = error.with_source(source);
        }
        Problem { error, effect, retry }
    }
}

/// What one item's reason in a cancelled transaction says; `None` where its item did not cause it, or
/// where its condition did.
pub(super) fn cancelled(reason: &CancellationReason) -> Option<Problem> {
    let code = reason.code()?;
    if matches!(code, "None" | "ConditionalCheckFailed") {
        return None;
    }
    // The whole transaction was cancelled, whatever the reason: status 400.
    Some(named(classify(Some(code), reason.message(), 400), Some(code), None))
}

/// The problem of a class, which names the code where the class has no words for it.
#[cold]
fn named(found: Class, code: Option<&str>, source: Option<Cause>) -> Problem {
    let mut problem = found.problem(None);
    if let Some(code) = code.filter(|code| class(code).is_none()) {
        let message = format!("{}: `{}`", found.words, shown(code));
        problem.error = Error::new(found.kind, message).with_retryable(found.retry);
    }
    if let Some(source) = source {
        problem.error = problem.error.with_source(source);
    }
    problem
}

/// A code as a message may show it: it comes from the network.
fn shown(code: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if code.len() <= 80 && code.chars().all(plain) {
        return Cow::Borrowed(code);
    }
    Cow::Owned(code.chars().filter(|c| plain(*c)).take(80).collect())
}

/// The error of one of the SDK's operations.
pub(super) trait OperationError:
    ProvideErrorMetadata + StdError + Send + Sync + Sized + 'static
{
    /// What a condition or a cancelled transaction tells, if it is that.
    fn refusal(self) -> Result<Failure, Self> {
        Err(self)
    }
}

macro_rules! operations {
    (condition: $($conditional:ty),+; cancelled: $($transaction:ty),+; plain: $($plain:ty),+ $(,)?) => {
        $(impl OperationError for $conditional {
            fn refusal(self) -> Result<Failure, Self> {
                match self {
                    Self::ConditionalCheckFailedException(failed) => {
                        Ok(Failure::Condition(failed.item))
                    }
                    other => Err(other),
                }
            }
        })+
        $(impl OperationError for $transaction {
            fn refusal(self) -> Result<Failure, Self> {
                match self {
                    Self::TransactionCanceledException(cancelled) => Ok(Failure::Cancelled(
                        cancelled.cancellation_reasons.unwrap_or_default(),
                    )),
                    other => Err(other),
                }
            }
        })+
        $(impl OperationError for $plain {})+
    };
}

operations! {
    condition: PutItemError, UpdateItemError, DeleteItemError;
    cancelled: TransactWriteItemsError, TransactGetItemsError;
    plain: GetItemError, BatchGetItemError, BatchWriteItemError, QueryError, ScanError,
        CreateTableError, DescribeTableError, UpdateTableError, UpdateTimeToLiveError,
        DescribeTimeToLiveError, TagResourceError, DeleteTableError,
}

/// Why an attempt failed, of what the SDK says; `sent` tells whether the request may have left.
#[cold]
pub(super) fn failure<E: OperationError>(error: SdkError<E>, sent: bool) -> Failure {
    let (class, source) = match error {
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            match context.into_err().refusal() {
                Ok(refusal) => return refusal,
                Err(error) => return Failure::Other(answered(error, status)),
            }
        }
        SdkError::ConstructionFailure(context) => (
            Class::refused(ErrorKind::Unavailable, "the request could not be made"),
            Cause::of(SdkError::<E>::ConstructionFailure(context)),
        ),
        SdkError::TimeoutError(context) => (
            Class::unknown(ErrorKind::Unavailable, "the client's own timeout passed"),
            Cause::of(SdkError::<E>::TimeoutError(context)),
        ),
        SdkError::DispatchFailure(context) => {
            let refused = context.as_connector_error().is_some_and(|error| never_connected(error));
            let class = if context.is_user() {
                Class::refused(ErrorKind::Unavailable, "the client's transport refuses the request")
            } else if refused {
                Class::later(ErrorKind::Unavailable, "DynamoDB cannot be reached")
            } else if sent {
                Class::unknown(
                    ErrorKind::Unavailable,
                    "the connection to DynamoDB was not made or was lost",
                )
            } else {
                // A provider of credentials has tried again by itself.
                Class::refused(
                    ErrorKind::Unavailable,
                    "the client has no credentials or no endpoint for the request",
                )
            };
            (class, Cause::of(SdkError::<E>::DispatchFailure(context)))
        }
        SdkError::ResponseError(context) => {
            let status = context.raw().status().as_u16();
            (
                Class::unknown(ErrorKind::Unavailable, "DynamoDB's answer could not be read"),
                Cause { status: Some(status), ..Cause::of(SdkError::<E>::ResponseError(context)) },
            )
        }
        // The enum may grow; what is not known may have been applied.
        other => (
            Class::unknown(ErrorKind::Unavailable, "the SDK failed in a way not known"),
            Cause::of(other),
        ),
    };
    let class = if sent { class } else { unsent(class) };
    Failure::Other(class.problem(Some(source)))
}

/// What a request that never left says: it was not applied.
fn unsent(class: Class) -> Class {
    match class.effect {
        Effect::NotApplied => class,
        Effect::Unknown => {
            Class::later(ErrorKind::Unavailable, "the request could not be prepared in time")
        }
    }
}

#[cold]
fn answered<E: OperationError>(error: E, status: u16) -> Problem {
    let class = classify(error.code(), error.message(), status);
    let code = error.code().map(|code| shown(code).into_owned());
    let cause = Cause {
        code: code.clone(),
        status: Some(status),
        request: error.meta().request_id().map(|id| shown(id).into_owned()),
        source: Box::new(error),
    };
    named(class, code.as_deref(), Some(cause))
}

/// Whether no connection came about, so that nothing can have been sent.
///
/// The SDK does not tell, so this looks for what tells it: that the connection was refused, or the
/// error of hyper's connecting, whose type the SDK keeps to itself and whose words are these.
fn never_connected(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if io == Some(io::ErrorKind::ConnectionRefused)
            || error.to_string() == "client error (Connect)"
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The SDK refuses to build a request.
#[cold]
pub(super) fn refused_by_sdk(error: BuildError) -> Error {
    Error::new(ErrorKind::Unsupported, "the SDK refuses the request").with_source(error)
}

/// The attempt's own timeout passed.
#[cold]
pub(super) fn no_answer(limit: Duration, sent: bool) -> Problem {
    let effect = if sent { Effect::Unknown } else { Effect::NotApplied };
    let message = format!("no answer from DynamoDB in {} ms", limit.as_millis());
    Problem { error: Error::new(ErrorKind::Unavailable, message), effect, retry: true }
}

/// The operation's deadline passed before the request was sent.
#[cold]
pub(super) fn deadline_passed() -> Problem {
    Problem {
        error: Error::new(
            ErrorKind::Unavailable,
            "the deadline passed before the request was sent",
        ),
        effect: Effect::NotApplied,
        retry: false,
    }
}

/// What the SDK said. It shows the code and the request's id; what its source shows may repeat what
/// the request held.
struct Cause {
    code: Option<String>,
    status: Option<u16>,
    request: Option<String>,
    source: Box<dyn StdError + Send + Sync>,
}

impl Cause {
    fn of<E: OperationError>(error: SdkError<E>) -> Self {
        Self { code: None, status: None, request: None, source: Box::new(error) }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_deref().unwrap_or("no code"))?;
        if let Some(status) = self.status {
            write!(f, ", status {status}")?;
        }
        if let Some(request) = &self.request {
            write!(f, ", request {request}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cause({self})")
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}
