//! A flag with a value is rejected: it stands alone.
use keyloom::{KeyPart, Record};

#[derive(KeyPart)]
struct Shop(String);

#[derive(Record)]
#[record(partition = "order#{id}")]
struct Order {
    #[record(tenant = true)]
    shop: Shop,
    id: u32,
}

fn main() {}
