//! A width beside `norm` is rejected: one is for numbers, the other for text.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "{id:8:norm}")]
struct Order {
    id: u32,
}

fn main() {}
