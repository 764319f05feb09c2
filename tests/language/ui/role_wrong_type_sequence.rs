//! A sequence number of another type than an integer of 32 or 64 bits is rejected.
use keyloom::{Record, Revision};

#[derive(Record)]
#[record(global, partition = "tasks", sort = "{number}")]
struct Task {
    id: u32,
    #[record(sequence)]
    number: String,
    #[record(revision)]
    revision: Revision,
}

fn main() {}
