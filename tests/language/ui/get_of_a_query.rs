//! A query as a key is rejected: a get reads one record.
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
    let _ = shops.get(Order::partition(7));
}

fn main() {}
