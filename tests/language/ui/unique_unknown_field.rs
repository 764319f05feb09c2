//! An unknown field in a unique constraint is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "task#{id}", unique(spot, plaec))]
struct Task {
    id: u32,
    place: u32,
}

fn main() {}
