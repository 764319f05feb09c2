//! A Rust keyword as the name of an index is rejected: it is the name of a function.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", index(type, partition = "type#{kind}"))]
struct Order {
    id: u32,
    kind: String,
}

fn main() {}
