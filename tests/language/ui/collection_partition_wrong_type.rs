//! A partition value of another type than the members' is rejected.
use keyloom::{Collection, Record};

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

fn main() {
    let _ = Item::partition("7");
}
