//! A component that is given twice is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "shop#{shop}", sort = "{year}#{id}")]
struct Order {
    shop: String,
    year: u16,
    id: u32,
}

fn main() {
    let _ = Order::partition("bakery").year(2025).year(2026);
}
