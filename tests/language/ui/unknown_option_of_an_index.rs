//! A misspelt option of an index is rejected, and the right one suggested.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", index(by_day, partition = "day#{day}", uniqe))]
struct Order {
    id: u32,
    day: u32,
}

fn main() {}
