//! A unique constraint with the name of an index is rejected: an error names the one that is broken.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "task#{id}", index(row, partition = "{place}"))]
struct Task {
    id: u32,
    place: u32,
    #[record(unique)]
    row: u32,
}

fn main() {}
