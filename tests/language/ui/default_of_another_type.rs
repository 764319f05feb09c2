//! A `default = "…"` that makes a value of another type is rejected.
use keyloom::Record;

fn none() -> u64 {
    0
}

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(default = "none")]
    items: u32,
}

fn main() {}
