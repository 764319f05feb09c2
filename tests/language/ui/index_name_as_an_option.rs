//! `index(name = "…")` is rejected: the name of an index is that of a function, and stands first.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", index(name = "by_day", partition = "day#{day}"))]
struct Order {
    id: u32,
    day: u32,
}

fn main() {
    let _ = Order::by_day(1);
}
