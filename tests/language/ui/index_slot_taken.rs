//! Two indexes of one record in one slot are rejected: a record stands in each slot once.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "order#{id}",
    index(by_day, partition = "day#{day}", slot = 3),
    index(by_customer, partition = "customer#{customer}", slot = 3)
)]
struct Order {
    id: u32,
    day: u32,
    customer: String,
}

fn main() {}
