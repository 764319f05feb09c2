//! A variant whose type is no record is rejected.
use keyloom::{Collection, Record};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

struct Line {
    number: u32,
}

#[derive(Collection)]
enum Item {
    Order(Order),
    Line(Line),
}

fn main() {}
