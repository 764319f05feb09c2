//! A record that borrows is rejected: what is read from an engine is owned.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order", sort = "{id}")]
struct Order<'a> {
    id: u32,
    note: &'a str,
}

fn main() {}
