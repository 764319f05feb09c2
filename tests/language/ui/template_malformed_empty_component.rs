//! An empty component is rejected: in a key it means `None`.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders##open", sort = "{id}")]
struct Order {
    id: u32,
}

fn main() {}
