//! A tenant type in quotes is rejected: it is a type.
use keyloom::{KeyPart, Record, Table};

#[derive(KeyPart)]
struct Shop(String);

#[derive(Record)]
#[record(partition = "order#{id}")]
struct Order {
    #[record(tenant)]
    shop: Shop,
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", tenant = "Shop", records(Order))]
struct Shops;

fn main() {}
