//! A global record is read through a tenant's scope: it belongs to nobody.
use keyloom::{KeyPart, Record, Store, Table};

#[derive(KeyPart)]
struct Shop(String);

#[derive(Record)]
#[record(global, partition = "country#{code}")]
struct Country {
    code: String,
}

#[derive(Table)]
#[table(name = "shops", tenant = Shop, records(Country))]
struct Shops;

fn read(store: &Store<Shops>, shop: &Shop) {
    let _ = store.tenant(shop).get(Country::key("de"));
}

fn main() {}
