//! The id of another thing is rejected, though both are text.
use keyloom::{KeyPart, Record};

#[derive(KeyPart)]
struct OrderId(String);

#[derive(KeyPart)]
struct CustomerId(String);

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: OrderId,
}

fn main() {
    let _ = Order::key(CustomerId::from("c1"));
}
