//! A stream with the time of a last write is rejected: events are never changed.
use keyloom::{Record, Timestamp};

#[derive(Record)]
#[record(stream, global, partition = "task#{id}", sort = "{number}")]
struct Task {
    id: u32,
    #[record(sequence)]
    number: u64,
    #[record(updated)]
    updated: Timestamp,
}

fn main() {}
