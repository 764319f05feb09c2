//! A stream with a revision is rejected: events are never changed.
use keyloom::{Record, Revision};

#[derive(Record)]
#[record(stream, global, partition = "task#{id}", sort = "{number}")]
struct Task {
    id: u32,
    #[record(sequence)]
    number: u64,
    #[record(revision)]
    revision: Revision,
}

fn main() {}
