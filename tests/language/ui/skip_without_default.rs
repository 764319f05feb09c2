//! A skipped field whose type has no default is rejected: nothing could be read into it.
use keyloom::Record;

struct Connection {
    port: u16,
}

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    #[record(skip)]
    connection: Connection,
}

fn main() {}
