//! A slot outside 1 to 20 is rejected: a DynamoDB table has no such index.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", index(by_day, partition = "day#{day}", slot = 21))]
struct Order {
    id: u32,
    day: u32,
}

fn main() {}
