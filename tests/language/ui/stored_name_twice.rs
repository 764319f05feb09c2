//! Two fields stored under one name are rejected; SQLite does not tell upper from lower case.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    note: String,
    #[record(rename = "Note")]
    remark: String,
}

fn main() {}
