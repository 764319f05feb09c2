//! A condition on another record than the query's is rejected.
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
    amount: u32,
}

#[derive(Table)]
#[table(name = "shops", records(Order, Bill))]
struct Shops;

fn read(shops: &Scope<Shops, Global>) {
    let _ = shops.query(Order::partition(1)).filter(Bill::AMOUNT.gt(7));
}

fn main() {}
