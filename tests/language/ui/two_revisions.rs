//! Two revisions are rejected: they would have to agree forever.
use keyloom::{Record, Revision};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(revision)]
    revision: Revision,
    #[record(revision)]
    version: Revision,
}

fn main() {}
