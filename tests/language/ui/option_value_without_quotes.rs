//! A template without quotes is rejected, and the quoted one suggested.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = orders, sort = "{id}")]
struct Order {
    id: u32,
}

fn main() {}
