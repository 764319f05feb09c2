//! A field that stands twice in one key is rejected: the second can only repeat the first.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", sort = "{id}")]
struct Order {
    id: u32,
}

fn main() {}
