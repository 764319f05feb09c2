//! `norm` on a number is rejected: only text has upper and lower case.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "{id:norm}")]
struct Order {
    id: u32,
}

fn main() {}
