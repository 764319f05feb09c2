//! A stream whose sequence has a scope is rejected: the events of one stream are numbered together.
use keyloom::Record;

#[derive(Record)]
#[record(stream, global, partition = "task#{id}", sort = "{number}")]
struct Task {
    id: u32,
    #[record(sequence = "tasks")]
    number: u64,
}

fn main() {}
