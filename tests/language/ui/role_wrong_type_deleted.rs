//! A mark of soft deletes that is no `Option` of a `Timestamp` is rejected: it is absent until then.
use keyloom::{Record, Revision, Timestamp};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    #[record(deleted)]
    deleted: Timestamp,
    #[record(revision)]
    revision: Revision,
}

fn main() {}
