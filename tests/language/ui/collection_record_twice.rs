//! One record in two variants is rejected: which of them was read?
use keyloom::{Collection, Record};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Collection)]
enum Item {
    Order(Order),
    Parent(Box<Order>),
}

fn main() {}
