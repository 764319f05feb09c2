//! Deletes under a condition, soft deletes, and what reads of the deleted send.

use insta::assert_snapshot;

use super::Recorded;
use super::domain::{OfBakery, OfDesk, Recipe, Stock, Ticket, User};

#[tokio::test]
async fn conditions_of_deletes() {
    let shop = Recorded::open().await;
    shop.scope.insert(&mut Stock::new("rye")).await.unwrap();
    let key = || Stock::key("main", "rye");
    let refused =
        async { shop.scope.delete(key()).when(Stock::LOAVES.ge(100)).await.unwrap_err().kind() };
    assert_snapshot!("delete_whose_condition_fails", shop.sent(refused).await);
    let delete = shop.scope.delete(key()).when(Stock::LOAVES.ge(1));
    assert_snapshot!("delete_when", shop.sent(delete).await);
    let missing = async { shop.scope.delete(key()).if_exists().await.unwrap_err().kind() };
    assert_snapshot!("delete_if_exists", shop.sent(missing).await);
    shop.scope.insert(&mut User::new(1, "zoe@x")).await.unwrap();
    let unique = shop.scope.delete(User::key(1)).if_exists();
    assert_eq!(shop.operations(unique).await, "GetItem, TransactWriteItems");
}

#[tokio::test]
async fn marks() {
    let shop = Recorded::open().await;
    shop.scope.insert(&mut Recipe::new(1, "rye")).await.unwrap();
    shop.later();
    let key = || Recipe::key(1);
    assert_snapshot!("soft_delete", shop.sent(shop.scope.delete(key())).await);
    assert_snapshot!("get_of_what_is_deleted", shop.sent(shop.scope.get(key())).await);
    let found = shop.sent(shop.scope.get(key()).with_deleted());
    assert_snapshot!("get_with_deleted", found.await);
    let hidden = shop.scope.query(Recipe::partition()).all();
    assert_snapshot!("query_of_what_is_deleted", shop.sent(hidden).await);
    let shown = shop.scope.query(Recipe::partition()).with_deleted().count();
    assert_snapshot!("query_with_deleted", shop.sent(shown).await);
    shop.later();
    assert_snapshot!("restore", shop.sent(shop.scope.restore(key())).await);
    shop.later();
    shop.scope.delete(key()).await.unwrap();
    assert_snapshot!("purge", shop.sent(shop.scope.purge(key())).await);
    // What is not there needs no transaction.
    assert_eq!(shop.operations(shop.scope.purge(key())).await, "GetItem");
    assert_eq!(shop.operations(shop.scope.delete(key())).await, "UpdateItem");
}

#[tokio::test]
async fn partitions() {
    let shop = Recorded::open().await;
    let nothing = shop.scope.delete_partition(OfDesk::partition(1));
    assert_eq!(shop.operations(nothing).await, "Query");
    for (desk, records, batches) in [(2, 2, 1), (25, 25, 1), (26, 26, 2), (60, 60, 3)] {
        let mut tickets: Vec<Ticket> = (0..records).map(|_| Ticket::new(desk)).collect();
        shop.scope.insert_all(&mut tickets).await.unwrap();
        let deleted = shop.scope.delete_partition(OfDesk::partition(desk));
        let count = shop.count(deleted).await;
        assert_eq!(count[0], ("BatchWriteItem".to_owned(), batches));
        // The second one finds nothing more.
        assert_eq!(count[1], ("Query".to_owned(), 2));
    }
    shop.scope.insert(&mut Stock::new("rye")).await.unwrap();
    let deleted = shop.sent(shop.scope.delete_partition(OfBakery::partition("main")));
    assert_snapshot!("delete_partition", deleted.await);
}
