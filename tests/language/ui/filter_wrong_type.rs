//! A comparison with a value of another type is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    amount: u32,
}

fn main() {
    let _ = Order::AMOUNT.gt("7");
}
