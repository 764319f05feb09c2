//! A stream with a unique field is rejected: an append depends on the number alone.
use keyloom::Record;

#[derive(Record)]
#[record(stream, global, partition = "task#{id}", sort = "{number}")]
struct Task {
    id: u32,
    #[record(sequence)]
    number: u64,
    #[record(unique)]
    kind: String,
}

fn main() {}
