//! A field in a template that the struct has not, nor anything like it, is rejected with a list.
use keyloom::{KeyPart, Record, Timestamp};

#[derive(KeyPart)]
struct Shop(String);

#[derive(Record)]
#[record(partition = "order#{number}", sort = "{placed}")]
struct Order {
    #[record(tenant)]
    shop: Shop,
    id: u32,
    placed: Timestamp,
    #[record(skip)]
    cache: Option<String>,
}

fn main() {}
