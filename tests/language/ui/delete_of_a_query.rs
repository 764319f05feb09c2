//! A query to `delete` is rejected: it removes one record.
use keyloom::{Global, Record, Scope, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", records(Order))]
struct Shops;

fn remove(shops: &Scope<Shops, Global>) {
    let _ = shops.delete(Order::partition(7));
}

fn main() {}
