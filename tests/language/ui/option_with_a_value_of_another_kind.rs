//! A number where text is expected is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = 7)]
struct Order {
    id: u32,
}

fn main() {}
