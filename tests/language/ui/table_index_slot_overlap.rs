//! Two indexes in one slot whose keys overlap are rejected: a query of one would return the other.
use keyloom::{Record, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}", index(by_day, partition = "day#{day}"))]
struct Order {
    id: u32,
    day: u32,
}

#[derive(Record)]
#[record(global, partition = "bill#{id}", index(by_day, partition = "day#{day}"))]
struct Bill {
    id: u32,
    day: u32,
}

#[derive(Table)]
#[table(name = "shops", records(Order, Bill))]
struct Shops;

fn main() {}
