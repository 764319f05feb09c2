//! An enum without `derive(KeyPart)` in a key is rejected.
use keyloom::Record;

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
