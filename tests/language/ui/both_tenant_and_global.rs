//! A record with a tenant that says `global` is rejected: it belongs to its tenant, or to nobody.
use keyloom::{KeyPart, Record};

#[derive(KeyPart)]
struct Shop(String);

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    #[record(tenant)]
    shop: Shop,
    id: u32,
}

fn main() {}
