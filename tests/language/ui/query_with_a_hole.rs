//! A query that skips a component is rejected: what matches would not be one range of keys.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "shop#{shop}", sort = "{year}#{month}#{id}")]
struct Order {
    shop: String,
    year: u16,
    month: u8,
    id: u32,
}

fn main() {
    let _ = Order::partition("bakery").month(7);
}
