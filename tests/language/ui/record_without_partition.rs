//! A record without a partition template is rejected: it has no key.
use keyloom::Record;

#[derive(Record)]
#[record(global)]
struct Order {
    id: u32,
}

fn main() {}
