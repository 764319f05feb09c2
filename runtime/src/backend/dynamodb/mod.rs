//! The DynamoDB backend: every record of a table in one DynamoDB table.
//!
//! An item has the keys `pk` and `sk`, the record's name in `_type`, one attribute for each field under
//! its stored name, and the keys of the indexes that the record is in (`gsi1pk`, `gsi1sk`, …), which
//! records share. What begins with `_` is keyloom's own: `_v` counts the item's writes, `_w1` to `_w4`
//! are the ids of the last four, and `_ttl` tells DynamoDB when it may remove the item.
//!
//! Only this folder names the SDK, which is re-exported as [`sdk`].

mod admin;
mod backend;
mod backfill;
mod call;
mod change;
mod code;
mod create;
mod describe;
mod document;
mod error;
mod evolve;
mod expression;
mod filter;
mod item;
mod leftover;
mod life;
mod patch;
mod put;
mod query;
mod range;
mod read;
mod scan;
mod settle;
mod snapshot;
mod stored_schema;
mod table;
#[cfg(test)]
mod tests;
mod transact;
mod unique;
mod write;

use std::time::Duration;

pub use aws_sdk_dynamodb as sdk;

pub use admin::{Administration, Scan, ScanStream};
pub use create::CreateTable;
pub use item::{Item, from_item, to_item};

use sdk::Client;

use crate::schema::TableSchema;
use life::Life;

/// The DynamoDB engine: one table, reached through a client that the application hands in.
///
/// TLS, region, credentials and endpoint are the client's. Its own retries are switched off, because
/// keyloom retries by itself: only a writer that knows its own attempts can tell a conflict with others
/// from a conflict with itself.
#[derive(Clone, Debug)]
#[must_use = "an engine does nothing until a table is opened on it"]
pub struct DynamoDb {
    client: Client,
    table: Option<String>,
    prefix: String,
    concurrency: usize,
    deadline: Duration,
    attempt: Duration,
    life: Life,
}

impl DynamoDb {
    /// The engine of this client.
    ///
    /// The DynamoDB table has the name of the keyloom table, unless [`table_name`](Self::table_name)
    /// says otherwise.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            table: None,
            prefix: String::new(),
            concurrency: 16,
            deadline: Duration::from_secs(30),
            attempt: Duration::from_secs(5),
            life: Life::default(),
        }
    }

    /// The name of the DynamoDB table.
    pub fn table_name(mut self, name: impl Into<String>) -> Self {
        self.table = Some(name.into());
        self
    }

    /// What stands before the name of the DynamoDB table: that of an environment, say.
    pub fn table_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How many requests of one operation on many records are on their way at once; 16 unless said
    /// otherwise.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests.max(1);
        self
    }

    fn name_of(&self, schema: &TableSchema) -> String {
        let name = self.table.as_deref().unwrap_or(schema.name);
        format!("{}{name}", self.prefix)
    }

    /// How long one operation may take with all of its attempts; 30 seconds unless said otherwise.
    ///
    /// Within it what may be repeated is repeated, with growing pauses; after it the operation fails.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long one attempt may take; five seconds unless said otherwise.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt = timeout;
        self
    }
}
