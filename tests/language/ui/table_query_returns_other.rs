//! A record whose query would also return another record is rejected.
use keyloom::{Record, Table};

#[derive(Record)]
#[record(global, partition = "shop#{shop}", sort = "order#{id}")]
struct Order {
    shop: String,
    id: u32,
}

#[derive(Record)]
#[record(global, partition = "shop#{shop}", sort = "order#{id}#line#{number}")]
struct Line {
    shop: String,
    id: u32,
    number: u32,
}

#[derive(Table)]
#[table(name = "shops", records(Order, Line))]
struct Shops;

fn main() {}
