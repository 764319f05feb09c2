//! A misspelt option is rejected, the right one suggested, and what it says is still understood.
use keyloom::Record;

#[derive(Record)]
#[record(global, partitions = "order#{id}")]
struct Order {
    id: u32,
}

fn main() {
    let _ = Order::key(1);
}
