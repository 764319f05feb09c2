//! A record that says nothing about its key or its owner is rejected, once for each.
use keyloom::Record;

#[derive(Record)]
struct Order {
    id: u32,
}

fn main() {}
