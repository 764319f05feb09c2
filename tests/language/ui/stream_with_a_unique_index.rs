//! A stream with a unique index is rejected: an append depends on the number alone.
use keyloom::Record;

#[derive(Record)]
#[record(stream, global, partition = "task#{id}", sort = "{number}",
    index(by_kind, partition = "kind#{kind}", unique))]
struct Task {
    id: u32,
    #[record(sequence)]
    number: u64,
    kind: String,
}

fn main() {}
