//! Two unique constraints of one name are rejected: an error names the one that is broken.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "task#{id}", unique(spot, place), unique(spot, row))]
struct Task {
    id: u32,
    place: u32,
    row: u32,
}

fn main() {}
