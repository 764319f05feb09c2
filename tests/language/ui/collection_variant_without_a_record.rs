//! A variant without a record is rejected: each variant is a record that was read.
use keyloom::{Collection, Record};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Collection)]
enum Item {
    Order(Order),
    Unknown,
}

fn main() {
    let _ = Item::partition(1);
}
