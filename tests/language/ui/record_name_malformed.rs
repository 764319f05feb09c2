//! A record's name that no key could hold is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, name = "my order", partition = "order#{id}")]
struct Order {
    id: u32,
}

fn main() {}
