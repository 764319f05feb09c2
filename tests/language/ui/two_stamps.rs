//! Two stamps of one kind are rejected: they would have to agree forever.
use keyloom::{Record, Timestamp};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(created)]
    created: Timestamp,
    #[record(created)]
    placed: Timestamp,
}

fn main() {}
