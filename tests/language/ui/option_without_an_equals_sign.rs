//! A value without `=` before it is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort "order#{id}")]
struct Order {
    id: u32,
}

fn main() {}
