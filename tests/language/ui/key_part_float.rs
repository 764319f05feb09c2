//! A float in a key is rejected: it has no exact text whose order is the order of the numbers.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", sort = "{price}")]
struct Order {
    id: u32,
    price: f64,
}

fn main() {
    let _ = Order::key(1, 2.0);
}
