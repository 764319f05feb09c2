//! A prefix of a number is rejected: `1` is no beginning of `12` as numbers go.
use keyloom::{Record, starts_with};

#[derive(Record)]
#[record(global, partition = "shop#{shop}", sort = "{id}")]
struct Order {
    shop: String,
    id: u32,
}

fn main() {
    let _ = Order::partition("bakery").id(starts_with("1"));
}
