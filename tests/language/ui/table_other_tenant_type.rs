//! A record whose tenant is of another type than the table's is rejected.
use keyloom::{KeyPart, Record, Table};

#[derive(KeyPart)]
struct Shop(String);

#[derive(KeyPart)]
struct Customer(String);

#[derive(Record)]
#[record(partition = "order#{id}")]
struct Order {
    #[record(tenant)]
    customer: Customer,
    id: u32,
}

#[derive(Table)]
#[table(name = "shops", tenant = Shop, records(Order))]
struct Shops;

fn main() {}
