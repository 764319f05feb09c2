//! A query by a field that stands in no key is rejected: that is a filter.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "shop#{shop}", sort = "{id}")]
struct Order {
    shop: String,
    id: u32,
    note: String,
}

fn main() {
    let _ = Order::partition("bakery").note("urgent");
}
