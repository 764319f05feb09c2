//! `default` on a role is rejected: keyloom always stores those.
use keyloom::{Record, Revision};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(revision, default)]
    revision: Revision,
}

fn main() {}
