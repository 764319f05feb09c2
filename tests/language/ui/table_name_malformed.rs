//! A table name that DynamoDB does not take is rejected.
use keyloom::{Record, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Table)]
#[table(name = "my shops", records(Order))]
struct Shops;

fn main() {}
