//! A tenant's scope of a table without tenants is rejected.
use keyloom::{Record, Store, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", records(Order))]
struct Shops;

fn read(store: &Store<Shops>) {
    let _ = store.tenant("bakery");
}

fn main() {}
