//! An unknown field in the scope of a sequence is rejected.
use keyloom::{Record, Revision};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    #[record(sequence = "round#{rond}")]
    number: u64,
    round: u32,
    #[record(revision)]
    revision: Revision,
}

fn main() {}
