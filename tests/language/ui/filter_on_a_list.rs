//! A comparison with a whole list is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    labels: Vec<String>,
}

fn main() {
    let _ = Order::LABELS.eq("urgent");
}
