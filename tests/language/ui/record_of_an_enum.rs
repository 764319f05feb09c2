//! An enum is rejected: records of several types are a collection.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order", sort = "{id}")]
enum Item {
    Order { id: u32 },
    Line { id: u32 },
}

fn main() {}
