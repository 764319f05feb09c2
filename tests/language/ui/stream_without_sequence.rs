//! A stream without a number is rejected: events are read and trimmed by their numbers.
use keyloom::Record;

#[derive(Record)]
#[record(stream, global, partition = "task#{id}", sort = "{number}")]
struct Task {
    id: u32,
    number: u64,
}

fn main() {}
