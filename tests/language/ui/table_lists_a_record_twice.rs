//! A record that is listed twice is rejected: it would collide with itself.
use keyloom::{Record, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Record)]
#[record(global, partition = "line#{id}")]
struct Line {
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", records(Order, Line, Order))]
struct Shops;

fn main() {}
