//! A record is saved through a table that does not list it.
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

fn save(shops: &Scope<Shops, Global>, bill: &mut Bill) {
    let _ = shops.save(bill);
}

fn main() {}
