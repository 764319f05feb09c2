//! A tenant's record beside a global one in a collection is rejected: no scope reaches both.
use keyloom::{Collection, KeyPart, Record};

#[derive(KeyPart)]
struct Shop(String);

#[derive(Record)]
#[record(partition = "order#{id}")]
struct Order {
    #[record(tenant)]
    shop: Shop,
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

fn main() {}
