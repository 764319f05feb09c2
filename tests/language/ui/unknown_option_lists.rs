//! An unknown option is rejected with the list of options.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", ttl = "{expires}")]
struct Order {
    id: u32,
}

fn main() {}
