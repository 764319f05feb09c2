//! A struct as a collection is rejected: what is read is one of several records.
use keyloom::{Collection, Record};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Collection)]
struct Items {
    order: Order,
}

fn main() {}
