//! An option without its value is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition)]
struct Order {
    id: u32,
}

fn main() {}
