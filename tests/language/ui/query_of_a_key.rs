//! A key as a query is rejected: a key is one record, a query a part of a partition.
use keyloom::{Global, Record, Scope, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", records(Order))]
struct Shops;

fn read(shops: &Scope<Shops, Global>) {
    let _ = shops.query(Order::key(7));
}

fn main() {}
