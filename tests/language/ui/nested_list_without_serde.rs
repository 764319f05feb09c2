//! A list of what serde does not know is rejected as its elements are.
use keyloom::Record;

struct Line {
    amount: u32,
}

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    lines: Vec<Line>,
}

fn main() {}
