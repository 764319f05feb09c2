//! A path where an engine is expected is rejected.
use keyloom::{Record, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", records(Order))]
struct Shops;

fn main() {
    let _ = Shops::open("shops.db");
}
