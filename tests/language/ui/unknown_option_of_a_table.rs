//! A misspelt option of a table is rejected, and the right one suggested.
use keyloom::{Record, Table};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", record(Order))]
struct Shops;

fn uses<R: keyloom::ListedIn<Shops>>() {}

fn main() {
    uses::<Order>();
}
