//! A generic record is rejected: a schema is one constant, so each type needs its own.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order", sort = "{id}")]
struct Order<T> {
    id: u32,
    note: T,
}

fn main() {}
