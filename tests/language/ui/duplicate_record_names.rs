//! Two records of one name in one table are rejected; SQLite does not tell upper from lower case.
use keyloom::{Record, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Record)]
#[record(global, name = "order", partition = "archive#{id}")]
struct ArchivedOrder {
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", records(Order, ArchivedOrder))]
struct Shops;

fn main() {}
