//! `#[record = "…"]` is rejected: options stand in parentheses.
use keyloom::Record;

#[derive(Record)]
#[record = "order#{id}"]
struct Order {
    id: u32,
}

fn main() {}
