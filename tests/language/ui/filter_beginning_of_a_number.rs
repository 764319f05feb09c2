//! `starts_with` on a number is rejected: only text has a beginning.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    amount: u32,
}

fn main() {
    let _ = Order::AMOUNT.starts_with("7");
}
