//! A scope of a tenant of another type than the table's is rejected.
use keyloom::{KeyPart, Record, Store, Table};

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
#[table(name = "shops", tenant = Shop, records(Order))]
struct Shops;

fn read(store: &Store<Shops>) {
    let _ = store.tenant("bakery");
}

fn main() {}
