//! Two records without a comma between them are rejected.
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
#[table(name = "shops", records(Order Line))]
struct Shops;

fn uses<R: keyloom::ListedIn<Shops>>() {}

fn main() {
    uses::<Line>();
}
