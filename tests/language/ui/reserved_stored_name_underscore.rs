//! A field stored under a name that begins with `_` is rejected: those are keyloom's own.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(rename = "_type")]
    kind: String,
}

fn main() {}
