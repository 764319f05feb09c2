//! Records in brackets are rejected: the list stands in parentheses.
use keyloom::{Record, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", records[Order])]
struct Shops;

fn main() {}
