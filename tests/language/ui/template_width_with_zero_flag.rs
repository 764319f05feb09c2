//! `{id:08}`, as in `format!`, is rejected: a width always pads with zeros.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "{id:08}")]
struct Order {
    id: u32,
}

fn main() {}
