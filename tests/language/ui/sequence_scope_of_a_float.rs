//! A float in the scope of a sequence is rejected: it is no key part.
use keyloom::{Record, Revision};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    #[record(sequence = "round#{round}")]
    number: u64,
    round: f64,
    #[record(revision)]
    revision: Revision,
}

fn main() {}
