//! A unique field that is not stored is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "task#{id}", unique(spot, place))]
struct Task {
    id: u32,
    #[record(skip)]
    place: u32,
}

fn main() {}
