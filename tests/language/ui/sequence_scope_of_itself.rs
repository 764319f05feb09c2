//! A sequence number in its own scope is rejected: the scope is known before the number.
use keyloom::{Record, Revision};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    #[record(sequence = "round#{number}")]
    number: u64,
    #[record(revision)]
    revision: Revision,
}

fn main() {}
