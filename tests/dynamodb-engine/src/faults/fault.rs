//! What may happen to a request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::batch;

/// What happens to one request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing: it reaches the engine, and the answer the client.
    Pass,
    /// It reaches the engine after this time.
    Delay(Duration),
    /// The engine applies it and the client does not hear of it.
    LoseAnswer(Loss),
    /// The engine is not reached; the client cannot tell this from a lost answer.
    LoseRequest(Loss),
    /// The answer is lost at once, and the engine gets the request this much later.
    DeliverLate(Loss, Duration),
    /// The connection is refused, so that the request was provably not sent.
    Refuse,
    /// The engine is not reached, and no answer ever comes.
    Hang,
    /// The engine applies it, and no answer ever comes.
    HangAfterApplying,
    /// The engine is not reached; the client gets this.
    Answer(Answer),
    /// The engine applies it; the client gets this and not the engine's answer.
    AnswerAfterApplying(Answer),
    /// The engine gets another request, or the client another answer. Not for a server that checks
    /// signatures.
    Rewrite(Rewrite),
}

/// How the loss of an answer looks to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The connection is reset.
    Reset,
    /// The connection is closed before an answer came.
    Closed,
    /// The answer does not come in time.
    Timeout,
}

/// An answer that no engine gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, which need not be JSON.
    pub body: Vec<u8>,
}

/// What a rewriting fault makes of a request.
pub enum Rewritten {
    /// The engine gets this one; its answer goes to the client through the function.
    Send(Value, Box<dyn FnOnce(&mut Value) + Send>),
    /// The engine is not reached; the client gets this answer, with status 200.
    Answer(Value),
}

/// See [`Fault::Rewrite`]; made by [`Fault::rewrite`].
#[derive(Clone)]
pub struct Rewrite(pub(super) Arc<dyn Fn(Value) -> Rewritten + Send + Sync>);

impl Fault {
    /// The engine's error of this code, without reaching the engine.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Self::Answer(Answer::error(status, code, message))
    }

    /// A throttled request.
    pub fn throttled() -> Self {
        Self::error(
            400,
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded.",
        )
    }

    /// An internal error, of a request that the engine applies or not.
    pub fn internal_error(applied: bool) -> Self {
        let answer = Answer::error(500, "InternalServerError", "Internal server error");
        if applied { Self::AnswerAfterApplying(answer) } else { Self::Answer(answer) }
    }

    /// A cancelled transaction, with a reason's code for each of its items, such as
    /// `TransactionConflict` and, for those that had none, `None`.
    pub fn cancelled(codes: &[&str]) -> Self {
        let reasons: Vec<_> = codes
            .iter()
            .map(|code| match *code {
                "None" => json!({ "Code": "None" }),
                code => json!({ "Code": code, "Message": code }),
            })
            .collect();
        let message = format!(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
            codes.join(", ")
        );
        Self::Answer(Answer::json(
            400,
            &json!({
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "Message": message,
                "CancellationReasons": reasons,
            }),
        ))
    }

    /// Rewrites the request, and perhaps the answer.
    pub fn rewrite(rewrite: impl Fn(Value) -> Rewritten + Send + Sync + 'static) -> Self {
        Self::Rewrite(Rewrite(Arc::new(rewrite)))
    }

    /// Rewrites the answer alone.
    pub fn rewrite_answer(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        let change = Arc::new(change);
        Self::rewrite(move |request| {
            let change = Arc::clone(&change);
            Rewritten::Send(request, Box::new(move |answer| change(answer)))
        })
    }

    /// Lets a `BatchWriteItem` write its first `keep` items and reports the rest as unprocessed.
    pub fn unprocessed_writes(keep: usize) -> Self {
        Self::rewrite(move |request| batch::unprocessed_writes(request, keep))
    }

    /// Lets a `BatchGetItem` read its first `keep` keys and reports the rest as unprocessed.
    pub fn unprocessed_keys(keep: usize) -> Self {
        Self::rewrite(move |request| batch::unprocessed_keys(request, keep))
    }

    /// The page of a query or a scan that finds nothing, without reaching the engine.
    pub fn empty_page() -> Self {
        Self::Answer(Answer::json(200, &json!({ "Items": [], "Count": 0, "ScannedCount": 0 })))
    }
}

impl Answer {
    /// An answer of any body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into() }
    }

    /// An answer of a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, body.to_string())
    }

    /// The engine's error of this code.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let code = format!("com.amazonaws.dynamodb.v20120810#{code}");
        Self::json(status, &json!({ "__type": code, "message": message }))
    }
}

impl fmt::Debug for Rewrite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Rewrite(…)")
    }
}
