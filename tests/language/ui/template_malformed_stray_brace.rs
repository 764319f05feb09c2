//! A `}` without `{` is rejected: a literal holds no braces.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "order#id}")]
struct Order {
    id: u32,
}

fn main() {}
