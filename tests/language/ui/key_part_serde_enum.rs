//! A serde enum without `derive(KeyPart)` in a key is rejected: serde does not say how keys sort.
use keyloom::Record;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Status {
    Open,
    Closed,
}

#[derive(Record)]
#[record(global, partition = "order#{status}", sort = "{id}")]
struct Order {
    id: u32,
    status: Status,
}

fn main() {}
