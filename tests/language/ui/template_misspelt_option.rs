//! A misspelt option of a placeholder is rejected, and the right one suggested.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "orders", sort = "{name:nrom}")]
struct Order {
    name: String,
}

fn main() {}
