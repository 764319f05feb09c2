//! A filter of a collection is rejected: its records have no fields in common.
use keyloom::{Collection, Global, Record, Scope, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Record)]
#[record(global, partition = "order#{order}", sort = "line#{number}")]
struct Line {
    order: u32,
    number: u32,
}

#[derive(Collection)]
enum Item {
    Order(Order),
    Line(Line),
}

#[derive(Table)]
#[table(name = "shops", records(Order, Line))]
struct Shops;

fn read(shops: &Scope<Shops, Global>) {
    let _ = shops.query(Item::partition(1)).filter(Line::NUMBER.gt(7));
}

fn main() {}
