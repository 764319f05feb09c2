//! One mistake in a record gives one error, whatever else names the record.
use keyloom::{Collection, KeyPart, Record, Revision, Scope, Store, Table};

#[derive(KeyPart)]
struct Shop(String);

#[derive(Record)]
#[record(
    partition = "order#{order}",
    sort = "line#{nubmer}",
    index(by_product, partition = "product#{product}", sort = "{number}")
)]
struct Line {
    #[record(tenant)]
    shop: Shop,
    order: u32,
    number: u32,
    product: String,
    #[record(revision)]
    revision: Revision,
}

#[derive(Record)]
#[record(partition = "order#{id}")]
struct Order {
    #[record(tenant)]
    shop: Shop,
    id: u32,
}

#[derive(Collection)]
enum Item {
    Order(Order),
    Line(Line),
}

#[derive(Table)]
#[table(name = "shops", tenant = Shop, records(Order, Line))]
struct Shops;

async fn uses(store: &Store<Shops>, line: &mut Line) -> keyloom::Result<()> {
    let scope: Scope<Shops, _> = store.tenant(&line.shop);
    scope.save(line).await?;
    let _: Option<Line> = scope.get(Line::key(1, 2)).await?;
    let _: Vec<Line> = scope.query(Line::partition(1).number(2..)).all().await?;
    let _: Vec<Line> = scope
        .query(Line::by_product("rye").number(2))
        .filter(Line::PRODUCT.ne("x").and(Line::REVISION.gt(Revision::new(1))))
        .all()
        .await?;
    let _: Vec<Item> = scope.query(Item::partition(1)).all().await?;
    scope.delete(&*line).await?;
    Ok(())
}

fn main() {}
