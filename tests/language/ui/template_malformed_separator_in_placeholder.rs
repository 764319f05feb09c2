//! A `#` inside braces is rejected: it separates components.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "{day#id}")]
struct Order {
    day: u32,
    id: u32,
}

fn main() {}
