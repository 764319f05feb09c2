//! A misspelt constant of a field is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    title: String,
}

fn main() {
    let _ = Order::TITEL;
}
