//! A unique index whose templates name no field is rejected: there is nothing that could be unique.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", index(every, unique, partition = "orders"))]
struct Order {
    id: u32,
    customer: String,
}

fn main() {}
