//! An optional set is rejected: an empty set is stored as absent, and would be read back as `None`.
use std::collections::{BTreeSet, HashSet};

use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    labels: Option<BTreeSet<String>>,
    marks: Option<HashSet<u32>>,
}

fn main() {}
