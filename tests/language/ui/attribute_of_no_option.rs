//! An attribute that holds a template alone is rejected: options have names.
use keyloom::Record;

#[derive(Record)]
#[record("order#{id}")]
struct Order {
    id: u32,
}

fn main() {}
