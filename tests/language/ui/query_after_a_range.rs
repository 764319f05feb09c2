//! A component after a range is rejected: what matches would not be one range of keys.
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
    let _ = Order::partition("bakery").year(2020..2026).month(7);
}
