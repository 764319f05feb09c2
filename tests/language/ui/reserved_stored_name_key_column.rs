//! A field stored under a name that ends in `__key` is rejected: such columns hold key text.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    customer__key: String,
}

fn main() {}
