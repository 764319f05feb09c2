//! A character outside `[A-Za-z0-9_.~-]` in a literal is rejected: a literal is not escaped.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders/open", sort = "{id}")]
struct Order {
    id: u32,
}

fn main() {}
