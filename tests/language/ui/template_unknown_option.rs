//! A placeholder's option that is neither a width nor `norm` is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "{name:lower}")]
struct Order {
    name: String,
}

fn main() {}
