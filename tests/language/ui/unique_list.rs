//! A unique list is rejected: it is no key part.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "task#{id}", unique(labels, labels))]
struct Task {
    id: u32,
    labels: Vec<String>,
}

fn main() {}
