//! Two placeholders in one component are rejected: where the first value ends would be a guess.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "{day}{id}")]
struct Order {
    day: u32,
    id: u32,
}

fn main() {}
