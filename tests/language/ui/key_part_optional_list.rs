//! An optional list in a key is rejected as a list is.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", index(by_label, partition = "label#{labels}"))]
struct Order {
    id: u32,
    labels: Option<Vec<String>>,
}

fn main() {}
