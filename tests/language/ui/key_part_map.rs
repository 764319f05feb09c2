//! A map in a key is rejected.
use std::collections::BTreeMap;

use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", sort = "{items}")]
struct Order {
    id: u32,
    items: BTreeMap<String, u32>,
}

fn main() {}
