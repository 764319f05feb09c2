//! Two tenants are rejected: a record has one owner.
use keyloom::{KeyPart, Record};

#[derive(KeyPart)]
struct Shop(String);

#[derive(Record)]
#[record(partition = "order#{id}")]
struct Order {
    #[record(tenant)]
    shop: Shop,
    #[record(tenant)]
    customer: Shop,
    id: u32,
}

fn main() {}
