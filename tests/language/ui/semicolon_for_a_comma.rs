//! Options separated by `;` are rejected, and still understood.
use keyloom::Record;

#[derive(Record)]
#[record(global; partition = "order#{id}")]
struct Order {
    id: u32,
}

fn main() {
    let _ = Order::key(1);
}
