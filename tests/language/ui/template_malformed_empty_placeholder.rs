//! A placeholder without a field is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "order#{}")]
struct Order {
    id: u32,
}

fn main() {}
