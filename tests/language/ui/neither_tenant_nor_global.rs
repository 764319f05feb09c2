//! A record that does not say whose it is is rejected: nothing is shared by forgetting a word.
use keyloom::Record;

#[derive(Record)]
#[record(partition = "order#{id}")]
struct Order {
    id: u32,
}

fn main() {}
