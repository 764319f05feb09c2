//! A soft delete without a revision is rejected: a save would undo one that it has not seen.
use keyloom::{Record, Timestamp};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    #[record(deleted)]
    deleted: Option<Timestamp>,
}

fn main() {}
