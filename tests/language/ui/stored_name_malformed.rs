//! A stored name with a space is rejected: every engine must hold it.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(rename = "the note")]
    note: String,
}

fn main() {}
