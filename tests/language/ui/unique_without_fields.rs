//! A unique constraint without fields is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "task#{id}", unique(id))]
struct Task {
    id: u32,
}

fn main() {}
