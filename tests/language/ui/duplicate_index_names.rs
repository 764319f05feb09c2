//! Two indexes of one name are rejected.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "order#{id}",
    index(by_customer, partition = "customer#{customer}"),
    index(by_customer, partition = "day#{day}")
)]
struct Order {
    id: u32,
    customer: String,
    day: u32,
}

fn main() {
    let _ = Order::by_customer("c");
}
