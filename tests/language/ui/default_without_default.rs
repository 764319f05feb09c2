//! `default` on a type without a default is rejected.
use keyloom::{KeyPart, Record};

#[derive(KeyPart)]
enum Status {
    Open,
    Closed,
}

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(default)]
    status: Status,
}

fn main() {}
