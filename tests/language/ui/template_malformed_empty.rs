//! An empty template is rejected: a key has at least one component.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "", sort = "{id}")]
struct Order {
    id: u32,
}

fn main() {}
