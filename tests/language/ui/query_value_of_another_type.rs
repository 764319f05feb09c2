//! A value of another type than the component is rejected.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "shop#{shop}", sort = "{id}")]
struct Order {
    shop: String,
    id: u32,
}

fn main() {
    let _ = Order::partition("bakery").id("1");
}
