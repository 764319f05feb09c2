//! A tenant that is no key part is rejected: it stands first in every key.
use keyloom::Record;

#[derive(Record)]
#[record(partition = "order#{id}")]
struct Order {
    #[record(tenant)]
    shop: f64,
    id: u32,
}

fn main() {}
