//! The mark of a soft delete in the primary key is rejected: a record whose key moves is another record.
use keyloom::{Record, Revision, Timestamp};

#[derive(Record)]
#[record(global, partition = "task#{id}", sort = "{deleted}")]
struct Task {
    id: u32,
    #[record(deleted)]
    deleted: Option<Timestamp>,
    #[record(revision)]
    revision: Revision,
}

fn main() {}
