//! A nested field without serde is rejected: nobody knows how to store it.
use keyloom::Record;

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
    let _ = Order::ADDRESS;
}
