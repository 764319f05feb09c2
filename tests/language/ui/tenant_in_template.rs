//! The tenant in a template is rejected: it stands first in every key by itself.
use keyloom::{KeyPart, Record};

#[derive(KeyPart)]
struct Shop(String);

#[derive(Record)]
#[record(partition = "{shop}#order#{id}")]
struct Order {
    #[record(tenant)]
    shop: Shop,
    id: u32,
}

fn main() {}
