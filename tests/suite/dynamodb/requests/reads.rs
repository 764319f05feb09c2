//! Reads by key.

use insta::assert_snapshot;

use super::Recorded;
use super::domain::Order;

#[tokio::test]
async fn gets() {
    let shop = Recorded::open().await;
    let key = || Order::key("zoe", 7);
    assert_snapshot!("get", shop.sent(shop.scope.get(key())).await);
    let eventual = shop.scope.get(key()).eventually_consistent();
    assert_snapshot!("get_eventually_consistent", shop.sent(eventual).await);
    let many = shop.scope.get_many([key(), Order::key("zoe", 8), key()]);
    assert_snapshot!("get_many", shop.sent(many).await);
}

#[tokio::test]
async fn counts_of_many_gets() {
    let shop = Recorded::open().await;
    let keys = |count| (0..count).map(|id| Order::key("zoe", id));
    for (count, requests) in [(100, 1), (101, 2), (1_000, 10)] {
        let sent = shop.count(shop.scope.get_many(keys(count))).await;
        assert_eq!(sent, [("BatchGetItem".to_owned(), requests)]);
    }
    assert_eq!(shop.count(shop.scope.get_many(keys(1))).await, [("GetItem".to_owned(), 1)]);
    assert_eq!(shop.count(shop.scope.get_many(keys(0))).await, []);
}
