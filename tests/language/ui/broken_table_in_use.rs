//! One mistake in a table gives one error, wherever the table is used.
use keyloom::{Global, Record, Scope, Store, Table, memory::Memory};

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
}

#[derive(Table)]
#[table(name = "a", records(Order))]
struct Shops;

async fn uses(order: &mut Order) -> keyloom::Result<()> {
    let store: Store<Shops> = Shops::open(Memory::new()).await?;
    let scope: Scope<Shops, Global> = store.global();
    scope.save(order).await?;
    let _: Option<Order> = scope.get(Order::key(1)).await?;
    Ok(())
}

fn main() {}
