//! The tenant named on the struct is rejected: it is a mark on the field.
use keyloom::Record;

#[derive(Record)]
#[record(tenant = shop, partition = "order#{id}")]
struct Order {
    shop: String,
    id: u32,
}

fn main() {
    let _ = Order::key(1);
}
