//! Queries: one exact key condition each.

use insta::assert_snapshot;
use keyloom::{Timestamp, starts_with};

use super::Recorded;
use super::domain::{Cart, OfCustomer, Order};

#[tokio::test]
async fn key_conditions() {
    let shop = Recorded::open().await;
    let zoe = || Order::partition("zoe");
    assert_snapshot!("query_a_partition", shop.sent(shop.scope.query(zoe()).all()).await);
    assert_snapshot!("query_from", shop.sent(shop.scope.query(zoe().id(5..)).all()).await);
    assert_snapshot!("query_up_to", shop.sent(shop.scope.query(zoe().id(..=5)).all()).await);
    assert_snapshot!("query_below", shop.sent(shop.scope.query(zoe().id(..5)).count()).await);
    assert_snapshot!("query_one_key", shop.sent(shop.scope.query(zoe().id(5)).first()).await);
    let named = Cart::partition("zoe").name(starts_with("a#"));
    assert_snapshot!("query_a_prefix", shop.sent(shop.scope.query(named).all()).await);
    let since: Timestamp = "2026-01-01T00:00:00.000000Z".parse().unwrap();
    let open = shop.scope.query(Order::by_state("open").updated(since..)).newest_first().limit(20);
    assert_snapshot!("query_an_index", shop.sent(open.all()).await);
    let empty = shop.scope.query(zoe().id(5..5)).all();
    assert_eq!(shop.count(empty).await, []);
}

#[tokio::test]
async fn filters() {
    let shop = Recorded::open().await;
    let open = Order::STATE
        .ne("done")
        .and(Order::TAGS.contains("red").or(!Order::DUE.is_present()))
        .and(Order::PAID.le(false));
    let query = || shop.scope.query(Order::partition("zoe")).filter(open.clone());
    assert_snapshot!("query_with_a_filter", shop.sent(query().limit(3).all()).await);
    assert_snapshot!("count_with_a_filter", shop.sent(query().count()).await);
    let customer = shop.scope.query(OfCustomer::partition("zoe"));
    assert_snapshot!("query_a_collection", shop.sent(customer.all()).await);
}

#[tokio::test]
async fn pages() {
    let shop = Recorded::open().await;
    let mut orders: Vec<Order> = (0..3).map(Order::new).collect();
    for order in &mut orders {
        order.due = Some("2026-02-03T00:00:00.000000Z".parse().unwrap());
        shop.scope.insert(order).await.unwrap();
        shop.later();
    }
    let query = || shop.scope.query(Order::by_state("open")).limit(2);
    let first = query().page(None).await.unwrap();
    let next = shop.sent(async { query().page(first.cursor.as_ref()).await.unwrap().items.len() });
    assert_snapshot!("query_the_next_page", next.await);
    // The index holds keys alone, so the records are read from the table.
    let due = shop.sent(async { shop.scope.query(Order::by_due()).all().await.unwrap().len() });
    assert_snapshot!("query_a_narrow_index", due.await);
    let counted = shop.scope.query(Order::by_due()).count();
    assert_eq!(shop.count(counted).await, [("Query".to_owned(), 1)]);
}
