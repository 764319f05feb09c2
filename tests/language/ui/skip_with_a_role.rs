//! `skip` beside another option is rejected: of a field that is not stored nothing else can be said.
use keyloom::{Record, Timestamp};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(skip, created)]
    created: Timestamp,
}

fn main() {}
