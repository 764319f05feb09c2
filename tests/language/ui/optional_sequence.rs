//! A sequence number that is an `Option` is rejected: each record has one.
use keyloom::{Record, Revision};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    #[record(sequence)]
    number: Option<u64>,
    #[record(revision)]
    revision: Revision,
}

fn main() {}
