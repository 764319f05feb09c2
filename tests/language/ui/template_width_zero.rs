//! A width of zero is rejected: no number fits it.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "{id:0}")]
struct Order {
    id: u32,
}

fn main() {}
