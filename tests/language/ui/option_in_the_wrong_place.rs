//! An option of a field on the struct is rejected, and its place named.
use keyloom::{KeyPart, Record};

#[derive(KeyPart)]
struct Shop(String);

#[derive(Record)]
#[record(global, partition = "order#{id}", rename = "order")]
struct Order {
    id: u32,
}

fn main() {}
