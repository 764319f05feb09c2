//! Two options without a comma between them are rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders" sort = "order#{id}")]
struct Order {
    id: u32,
}

fn main() {
    let _ = Order::key(1);
}
