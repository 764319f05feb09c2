//! A tenant type that is not in scope is one error, though the table names it often.
use keyloom::{Record, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", tenant = Customer, records(Order))]
struct Shops;

fn main() {}
