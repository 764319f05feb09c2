//! `is_absent` on a field that is no `Option` is rejected: it is always there.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    note: String,
}

fn main() {
    let _ = Order::NOTE.is_absent();
}
