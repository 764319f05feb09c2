//! A key value of another type than its field is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

fn main() {
    let _ = Order::key("7");
}
