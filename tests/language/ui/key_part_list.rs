//! A list in a key is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", sort = "{labels}")]
struct Order {
    id: u32,
    labels: Vec<String>,
}

fn main() {}
