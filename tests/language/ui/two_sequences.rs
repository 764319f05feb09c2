//! Two sequences are rejected: a record takes one number.
use keyloom::{Record, Revision};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    #[record(sequence)]
    number: u64,
    #[record(sequence)]
    position: u64,
    #[record(revision)]
    revision: Revision,
}

fn main() {}
