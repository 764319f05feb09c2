//! A stream whose events expire is rejected: its numbers have no holes.
use keyloom::{Record, Timestamp};

#[derive(Record)]
#[record(stream, global, partition = "task#{id}", sort = "{number}")]
struct Task {
    id: u32,
    #[record(sequence)]
    number: u64,
    #[record(expires)]
    until: Timestamp,
}

fn main() {}
