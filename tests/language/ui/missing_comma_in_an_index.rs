//! A name without a comma behind it is rejected, and the rest of the index still understood.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", index(by_day partition = "day#{day}"))]
struct Order {
    id: u32,
    day: u32,
}

fn main() {
    let _ = Order::by_day(1);
}
