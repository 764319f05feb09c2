//! An option that is given twice is rejected: which one holds would be a guess.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", partition = "orders#{id}")]
struct Order {
    id: u32,
}

fn main() {}
