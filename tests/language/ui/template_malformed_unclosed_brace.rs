//! A `{` without `}` is rejected: where the placeholder ends is a guess.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "order#{id")]
struct Order {
    id: u32,
}

fn main() {}
