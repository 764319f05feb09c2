//! A unique float is rejected: it has no exact text.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    #[record(unique)]
    place: f64,
}

fn main() {}
