//! One mistake in a key part gives one error, whatever else names it.
use keyloom::{KeyPart, Record, Store, Table};

#[derive(KeyPart)]
struct Shop(String, u32);

#[derive(KeyPart)]
enum Status {
    Open,
    Closed(u32),
}

#[derive(Record)]
#[record(partition = "order#{status}", sort = "{id}")]
struct Order {
    #[record(tenant)]
    shop: Shop,
    id: u32,
    status: Status,
}

#[derive(Table)]
#[table(name = "shops", tenant = Shop, records(Order))]
struct Shops;

fn uses(store: &Store<Shops>, shop: &Shop) {
    let _ = store.tenant(shop).get(Order::key(Status::Open, 1));
}

fn main() {}
