//! A stream whose number does not stand last is rejected: it is read in the order of its numbers.
use keyloom::Record;

#[derive(Record)]
#[record(stream, global, partition = "task#{id}", sort = "{number}#{kind}")]
struct Task {
    id: u32,
    #[record(sequence)]
    number: u64,
    kind: String,
}

fn main() {}
