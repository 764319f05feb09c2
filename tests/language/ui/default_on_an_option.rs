//! `default` on an `Option` is rejected: it is `None` where nothing is stored.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(default)]
    note: Option<String>,
}

fn main() {}
