//! Writes: one request each, with the stored item in the refusal.

use insta::assert_snapshot;

use super::Recorded;
use super::domain::{Address, Cart, Order, User};

#[tokio::test]
async fn an_insert() {
    let shop = Recorded::open().await;
    let mut order = Order::new(7);
    order.tags = ["b", "a"].map(String::from).into();
    order.address = Some(Address { street: "Main".to_owned(), number: 7 });
    assert_snapshot!("insert", shop.sent(shop.scope.insert(&mut order)).await);
    let again =
        shop.sent(async { shop.scope.insert(&mut Order::new(7)).await.unwrap_err().kind() });
    assert_snapshot!("insert_of_a_taken_key", again.await);
}

#[tokio::test]
async fn a_save() {
    let shop = Recorded::open().await;
    let mut order = Order::new(7);
    shop.scope.save(&mut order).await.unwrap();
    shop.later();
    let mut stale = order.clone();
    order.due = Some("2026-02-03T00:00:00.000000Z".parse().unwrap());
    order.paid = true;
    assert_snapshot!("save", shop.sent(shop.scope.save(&mut order)).await);
    let refused = shop.sent(async { shop.scope.save(&mut stale).await.unwrap_err().kind() });
    assert_snapshot!("save_of_a_stale_record", refused.await);
}

#[tokio::test]
async fn an_upsert() {
    let shop = Recorded::open().await;
    let until = Some("2026-01-02T03:04:10.000001Z".parse().unwrap());
    let mut cart = Cart::new("a", until);
    assert_snapshot!("upsert", shop.sent(shop.scope.save(&mut cart)).await);
    shop.clock.advance(std::time::Duration::from_mins(1));
    let mut cart = Cart::new("a", None);
    assert_snapshot!("upsert_over_an_expired_record", shop.sent(shop.scope.save(&mut cart)).await);
}

#[tokio::test]
async fn deletes() {
    let shop = Recorded::open().await;
    let mut order = Order::new(7);
    shop.scope.save(&mut order).await.unwrap();
    assert_snapshot!("delete_by_reference", shop.sent(shop.scope.delete(&order)).await);
    let key = shop.sent(shop.scope.delete(Order::key("zoe", 7)));
    assert_snapshot!("delete_by_key", key.await);
    let many = shop.sent(shop.scope.delete_all((0..2).map(|id| Order::key("zoe", id))));
    assert_snapshot!("delete_all", many.await);
}

#[tokio::test]
async fn unique_values() {
    let shop = Recorded::open().await;
    let mut zoe = User::new(1, "zoe@x");
    assert_snapshot!("unique_insert", shop.sent(shop.scope.insert(&mut zoe)).await);
    let taken = async { shop.scope.insert(&mut User::new(2, "ZOE@x")).await.unwrap_err().kind() };
    assert_snapshot!("unique_insert_of_a_taken_value", shop.sent(taken).await);
    zoe.name = "Zoe".to_owned();
    assert_snapshot!("unique_save_without_a_move", shop.sent(shop.scope.save(&mut zoe)).await);
    zoe.email = "zoe@y".to_owned();
    assert_snapshot!("unique_save_with_a_move", shop.sent(shop.scope.save(&mut zoe)).await);
    assert_snapshot!("unique_delete", shop.sent(shop.scope.delete(&zoe)).await);
}

#[tokio::test]
async fn counts_of_many_writes() {
    let shop = Recorded::open().await;
    let mut orders: Vec<Order> = (0..60).map(Order::new).collect();
    let inserted = shop.count(shop.scope.insert_all(&mut orders)).await;
    assert_eq!(inserted, [("PutItem".to_owned(), 60)]);
    let saved = shop.count(shop.scope.save_all(&mut orders)).await;
    assert_eq!(saved, [("UpdateItem".to_owned(), 60)]);
    let deleted = shop.scope.delete_all((0..60).map(|id| Order::key("zoe", id)));
    assert_eq!(shop.count(deleted).await, [("BatchWriteItem".to_owned(), 3)]);
}
