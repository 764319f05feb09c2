//! A record's name that begins with `sqlite_` is rejected: SQLite keeps such tables for itself.
use keyloom::Record;

#[derive(Record)]
#[record(global, name = "sqlite_order", partition = "order#{id}")]
struct Order {
    id: u32,
}

fn main() {}
