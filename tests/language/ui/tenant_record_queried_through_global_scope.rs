//! A tenant's records are queried through the global scope, which would be all tenants' at once.
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
    let _ = store.global().query(Order::partition(1));
}

fn main() {}
