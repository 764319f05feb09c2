//! A revision of another type than `Revision` is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(revision)]
    revision: u64,
}

fn main() {}
