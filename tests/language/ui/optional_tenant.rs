//! An optional tenant is rejected: what belongs to nobody is `global`.
use keyloom::{KeyPart, Record};

#[derive(KeyPart)]
struct Shop(String);

#[derive(Record)]
#[record(partition = "order#{id}")]
struct Order {
    #[record(tenant)]
    shop: Option<Shop>,
    id: u32,
}

fn main() {}
