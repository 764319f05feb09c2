//! The name of an index in quotes is rejected: it is the name of a function.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", index("by_customer", partition = "customer#{customer}"))]
struct Order {
    id: u32,
    customer: String,
}

fn main() {}
