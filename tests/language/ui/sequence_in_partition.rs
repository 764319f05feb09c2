//! A sequence number in the partition is rejected: the partition is where it is counted.
use keyloom::{Record, Revision};

#[derive(Record)]
#[record(global, partition = "task#{number}")]
struct Task {
    id: u32,
    #[record(sequence)]
    number: u64,
    #[record(revision)]
    revision: Revision,
}

fn main() {}
