//! Doubled braces are rejected: they escape a brace in `format!`, and a literal holds none.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "order#{{id}}")]
struct Order {
    id: u32,
}

fn main() {}
