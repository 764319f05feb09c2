//! A comparison of a nested value is rejected.
use keyloom::Record;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Address {
    street: String,
}

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    address: Address,
}

fn main() {
    let _ = Order::ADDRESS.eq("Main Street");
}
