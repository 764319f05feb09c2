//! `contains` on a number is rejected: only text, lists and sets contain text.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    amount: u32,
}

fn main() {
    let _ = Order::AMOUNT.contains("7");
}
