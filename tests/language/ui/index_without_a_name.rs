//! An index without a name is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", index(partition = "customer#{customer}"))]
struct Order {
    id: u32,
    customer: String,
}

fn main() {}
