//! A width above 39 is rejected: no number is that wide.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "{id:40}")]
struct Order {
    id: u32,
}

fn main() {}
