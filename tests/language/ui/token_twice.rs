//! Two fields with one constant are rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    note: String,
    #[record(token = "NOTE")]
    remark: String,
}

fn main() {
    let _ = Order::NOTE;
}
