//! A table with fields is rejected: it holds no values.
use keyloom::{Record, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", records(Order))]
struct Shops {
    orders: Vec<Order>,
}

fn main() {}
