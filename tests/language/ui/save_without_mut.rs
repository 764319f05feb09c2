//! A shared reference to `save` is rejected: a save moves the revision in the caller's struct.
use keyloom::{Global, Record, Scope, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", records(Order))]
struct Shops;

fn save(shops: &Scope<Shops, Global>, order: &Order) {
    let _ = shops.save(order);
}

fn main() {}
