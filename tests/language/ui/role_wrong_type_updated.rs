//! An optional stamp is rejected: every stored record has one.
use keyloom::{Record, Timestamp};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(updated)]
    updated: Option<Timestamp>,
}

fn main() {}
