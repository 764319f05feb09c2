//! Text after a placeholder is rejected: a placeholder ends its component.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "{id}-open")]
struct Order {
    id: u32,
}

fn main() {}
