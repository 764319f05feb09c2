//! A field that is a reference is rejected: what is read from an engine is owned.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    note: &'static str,
}

fn main() {}
