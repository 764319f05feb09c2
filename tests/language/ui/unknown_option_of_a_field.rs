//! A misspelt option of a field is rejected, and the right one suggested.
use keyloom::{KeyPart, Record};

#[derive(KeyPart)]
struct Shop(String);

#[derive(Record)]
#[record(partition = "order#{id}")]
struct Order {
    #[record(tennant)]
    shop: Shop,
    id: u32,
}

fn main() {}
