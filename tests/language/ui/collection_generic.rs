//! A generic collection is rejected: it is one fixed list of records.
use keyloom::{Collection, Record};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Collection)]
enum Item<T> {
    Order(Order),
    Other(T),
}

fn main() {}
