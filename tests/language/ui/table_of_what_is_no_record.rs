//! A struct without `derive(Record)` in a table is rejected.
use keyloom::Table;

struct Order {
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", records(Order))]
struct Shops;

fn main() {}
