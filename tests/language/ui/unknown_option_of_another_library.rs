//! An option by the name that other libraries give it is rejected, and ours suggested.
use keyloom::Record;

#[derive(Record)]
#[record(global, pk = "order#{id}")]
struct Order {
    id: u32,
}

fn main() {
    let _ = Order::key(1);
}
