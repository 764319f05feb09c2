//! A stamp of another type than `Timestamp` is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(created)]
    created: String,
}

fn main() {}
