//! What each operation sends: how many requests, how many bytes, and their JSON.

mod domain;
mod queries;
mod reads;
mod soft_deletes;
mod streams;
mod transactions;
mod updates;
mod writes;

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::future::IntoFuture;
use std::time::Duration;

use keyloom::dynamodb::{CreateTable, DynamoDb};
use keyloom::{ManualClock, OfTenant, Scope, Table, Timestamp};
use keyloom_dynamodb_engine::{Endpoint, Faults};
use serde_json::Value;

use domain::{Account, Shop};

/// A table, the clock of its program, and a recording of what is sent.
struct Recorded {
    scope: Scope<Shop, OfTenant<Account>>,
    clock: ManualClock,
    faults: Faults,
    table: String,
    _endpoint: Endpoint,
}

impl Recorded {
    async fn open() -> Self {
        let endpoint = Endpoint::fresh();
        let faults = Faults::none();
        let clock = ManualClock::new("2100-01-02T03:04:05.000006Z".parse::<Timestamp>().unwrap());
        let engine = DynamoDb::new(endpoint.client_with(&faults)).table_prefix(endpoint.prefix());
        let engine = engine.create_table(CreateTable::on_demand());
        let store = Shop::open(engine).clock(clock.clone()).await.unwrap();
        let scope = store.tenant(&Account::from("acme"));
        faults.take();
        Self { scope, clock, faults, table: endpoint.table("shop"), _endpoint: endpoint }
    }

    /// Moves the clock, so that stamps differ.
    fn later(&self) {
        self.clock.advance(Duration::from_secs(1));
    }

    /// What an operation sends, as text for a snapshot.
    async fn sent(&self, operation: impl IntoFuture<Output: Debug>) -> String {
        self.faults.take();
        let answer = operation.await;
        let mut text = String::new();
        for exchange in self.faults.take() {
            let request = exchange.request();
            let _ = writeln!(
                text,
                "{}, {} bytes -> {}",
                request.operation(),
                request.body().len() - self.surplus(request.body()),
                exchange.status().unwrap_or_default(),
            );
            let mut json = request.json();
            self.tidy(&mut json);
            let _ = writeln!(text, "{json:#}");
        }
        let _ = writeln!(text, "= {answer:?}");
        text
    }

    /// What the random prefix adds to a body.
    fn surplus(&self, body: &[u8]) -> usize {
        let times = String::from_utf8_lossy(body).matches(&self.table).count();
        times * (self.table.len() - "shop".len())
    }

    /// Names the table and the ids of writes as they are at every run, and sorts what has no order.
    fn tidy(&self, json: &mut Value) {
        match json {
            Value::String(text) if *text == self.table => "shop".clone_into(text),
            Value::String(text) if is_id(text) => "(id)".clone_into(text),
            Value::Array(list) => {
                for value in list {
                    self.tidy(value);
                }
            }
            Value::Object(map) => {
                if let Some(table) = map.remove(&self.table) {
                    map.insert("shop".to_owned(), table);
                }
                for value in map.values_mut() {
                    self.tidy(value);
                }
            }
            _ => {}
        }
    }
}

/// Whether a text is the id of a write.
fn is_id(text: &str) -> bool {
    text.len() == 16
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

impl Recorded {
    /// The operations that an operation sends, in order.
    async fn operations<T>(
        &self,
        operation: impl IntoFuture<Output = keyloom::Result<T>>,
    ) -> String {
        self.faults.take();
        operation.await.map(drop).expect("it is done");
        let sent = self.faults.take();
        let sent: Vec<&str> = sent.iter().map(|one| one.request().operation()).collect();
        sent.join(", ")
    }

    /// How many requests of each kind an operation sends.
    async fn count(&self, operation: impl IntoFuture) -> Vec<(String, usize)> {
        self.faults.take();
        operation.await;
        let mut count = BTreeMap::<String, usize>::new();
        for exchange in self.faults.take() {
            *count.entry(exchange.request().operation().to_owned()).or_default() += 1;
        }
        count.into_iter().collect()
    }
}
