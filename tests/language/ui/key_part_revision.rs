//! The revision in an index key is rejected: it is no key part.
use keyloom::{Record, Revision};

#[derive(Record)]
#[record(global, partition = "order#{id}", index(by_revision, partition = "orders", sort = "{revision}"))]
struct Order {
    id: u32,
    #[record(revision)]
    revision: Revision,
}

fn main() {}
