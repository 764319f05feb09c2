//! A tenant's record is saved through the global scope: it would belong to nobody.
use keyloom::{Global, KeyPart, Record, Scope, Table};

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

fn save(global: &Scope<Shops, Global>, order: &mut Order) {
    let _ = global.save(order);
}

fn main() {}
