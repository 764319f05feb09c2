//! An expiry of another type than `Timestamp` or an `Option` of it is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(expires)]
    expires: u64,
}

fn main() {}
