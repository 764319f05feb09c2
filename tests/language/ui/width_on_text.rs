//! A width on text is rejected: only numbers are padded.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "{name:8}")]
struct Order {
    name: String,
}

fn main() {}
