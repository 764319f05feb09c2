//! A stream whose events are deleted is rejected: its numbers have no holes.
use keyloom::{Record, Timestamp};

#[derive(Record)]
#[record(stream, global, partition = "task#{id}", sort = "{number}")]
struct Task {
    id: u32,
    #[record(sequence)]
    number: u64,
    #[record(deleted)]
    deleted: Option<Timestamp>,
}

fn main() {}
