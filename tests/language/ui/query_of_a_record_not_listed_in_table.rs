//! A record is queried through a table that does not list it.
use keyloom::{Global, Record, Scope, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Record)]
#[record(global, partition = "bill#{id}")]
struct Bill {
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", records(Order))]
struct Shops;

fn read(shops: &Scope<Shops, Global>) {
    let _ = shops.query(Bill::partition(1));
}

fn main() {}
