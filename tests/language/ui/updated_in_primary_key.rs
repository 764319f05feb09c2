//! The update stamp in the primary key is rejected: each write would make another record.
use keyloom::{Record, Timestamp};

#[derive(Record)]
#[record(global, partition = "order#{id}", sort = "{updated}")]
struct Order {
    id: u32,
    #[record(updated)]
    updated: Timestamp,
}

fn main() {}
