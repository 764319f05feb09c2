//! A `crate = "…"` that is no path is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(crate = "my crate", global, partition = "order#{id}")]
struct Order {
    id: u32,
}

fn main() {}
