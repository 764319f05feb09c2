//! A sequence without a revision is rejected: a save could not tell whether it inserts.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "tasks", sort = "{number}")]
struct Task {
    id: u32,
    #[record(sequence)]
    number: u64,
}

fn main() {}
