//! What is recorded.

use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

/// A request as the client sent it.
#[derive(Clone)]
pub struct Request {
    operation: String,
    body: Vec<u8>,
}

impl Request {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        Self { operation, body: request.body().bytes().unwrap_or_default().to_vec() }
    }

    /// The operation's name, such as `PutItem`.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// Whether the operation changes items.
    pub fn is_write(&self) -> bool {
        matches!(
            self.operation(),
            "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems" | "BatchWriteItem"
        )
    }

    /// The body as it was sent.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON, `null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The index that a query or a scan reads.
    pub fn index(&self) -> Option<String> {
        Some(self.json().get("IndexName")?.as_str()?.to_owned())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.operation, String::from_utf8_lossy(&self.body))
    }
}

/// A request and what became of it, so far as is known yet.
#[derive(Clone, Debug)]
pub struct Exchange {
    request: Request,
    pub(super) engine: Option<(u16, usize)>,
    pub(super) client: Option<(u16, usize)>,
}

impl Exchange {
    pub(super) fn new(request: Request) -> Self {
        Self { request, engine: None, client: None }
    }

    /// What the client sent.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The status of the engine's answer; `None` if the engine was not reached or has not answered.
    pub fn engine_status(&self) -> Option<u16> {
        self.engine.map(|(status, _)| status)
    }

    /// The status of the answer that the client got; `None` if it got none.
    pub fn status(&self) -> Option<u16> {
        self.client.map(|(status, _)| status)
    }

    /// How many bytes of body the client got.
    pub fn response_bytes(&self) -> usize {
        self.client.map_or(0, |(_, bytes)| bytes)
    }
}
