//! A width on text in the scope of a sequence is rejected.
use keyloom::{Record, Revision};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    #[record(sequence = "round#{round:4}")]
    number: u64,
    round: String,
    #[record(revision)]
    revision: Revision,
}

fn main() {}
