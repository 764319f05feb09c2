//! An index without a partition is rejected: it has no key.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", index(by_customer, sort = "{customer}"))]
struct Order {
    id: u32,
    customer: String,
}

fn main() {}
