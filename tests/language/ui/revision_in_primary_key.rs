//! The revision in the primary key is rejected: each write would make another record.
use keyloom::{Record, Revision};

#[derive(Record)]
#[record(global, partition = "order#{id}", sort = "{revision}")]
struct Order {
    id: u32,
    #[record(revision)]
    revision: Revision,
}

fn main() {}
