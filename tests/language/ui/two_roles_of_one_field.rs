//! Two roles of one field are rejected: each moves the field at other times.
use keyloom::{Record, Timestamp};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(created, updated)]
    at: Timestamp,
}

fn main() {}
