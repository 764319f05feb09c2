//! Transactions: one request for all operations, and a read where what is stored decides.

use insta::assert_snapshot;

use super::Recorded;
use super::domain::{Cart, Entry, Order, Stock, User};

#[tokio::test]
async fn of_each_operation() {
    let shop = Recorded::open().await;
    let (mut saved, mut gone) = (Stock::new("saved"), Stock::new("gone"));
    for stock in [&mut saved, &mut gone] {
        shop.scope.insert(stock).await.unwrap();
    }
    for name in ["rye", "when", "checked", "there", "seen"] {
        shop.scope.insert(&mut Stock::new(name)).await.unwrap();
    }
    shop.scope.stream(Entry::stream(1)).append(&mut Entry::new(1, 100)).await.unwrap();
    shop.later();
    let key = |name: &str| Stock::key("main", name);
    let (mut inserted, mut entry) = (Stock::new("inserted"), Entry::new(1, 200));
    let revision = saved.revision;
    saved.loaves = 3;
    let transaction = shop
        .scope
        .transaction()
        .insert(&mut inserted)
        .save(&mut saved)
        .update(key("rye").patch().subtract(Stock::LOAVES, 2).when(Stock::LOAVES.ge(2)))
        .delete(&gone)
        .delete(key("none"))
        .delete_when(key("when"), Stock::LOAVES.ge(1))
        .check(key("checked"), Stock::SHELF.eq("left"))
        .check_exists(key("there"))
        .check_absent(key("absent"))
        .check_revision(key("seen"), revision)
        .append(&mut entry)
        .idempotency_token("order-7");
    assert_snapshot!("transaction", shop.sent(transaction.commit()).await);
    // The repetition is refused by the token alone.
    let mut again = Stock::new("inserted");
    let again = shop.scope.transaction().insert(&mut again).idempotency_token("order-7");
    assert_snapshot!("transaction_repeated", shop.sent(again.commit()).await);
    // An append comes after a read of the head of its stream, unless the store knows where that is.
    for expected in ["GetItem, TransactWriteItems", "TransactWriteItems"] {
        let mut entry = Entry::new(2, 300);
        let append = shop.scope.transaction().append(&mut entry).commit();
        assert_eq!(shop.operations(append).await, expected);
    }
}

#[tokio::test]
async fn of_unique_values() {
    let shop = Recorded::open().await;
    let (mut ann, mut bob, mut zoe) =
        (User::new(1, "ann@x"), User::new(2, "bob@x"), User::new(3, "zoe@x"));
    for user in [&mut ann, &mut bob] {
        shop.scope.insert(user).await.unwrap();
    }
    let mut inserted = User::new(4, "carl@x");
    let insert = shop.scope.transaction().insert(&mut inserted).insert(&mut zoe).commit();
    assert_eq!(shop.operations(insert).await, "TransactWriteItems");
    // Both are read at once.
    ann.email = "ann@y".to_owned();
    let patch = User::key(2).patch().set(User::EMAIL, "bob@y");
    let moved = shop.scope.transaction().save(&mut ann).update(patch).delete(&zoe).commit();
    assert_snapshot!("transaction_of_unique_values", shop.sent(moved).await);
    // What moves no unique value is not read.
    let patch = User::key(2).patch().set(User::NAME, "Bob");
    let other = shop.scope.transaction().update(patch).commit();
    assert_eq!(shop.operations(other).await, "TransactWriteItems");
    // An upsert keeps the stamp of the first write.
    let mut cart = Cart::new("a", None);
    let upsert = shop.scope.transaction().save(&mut cart).commit();
    assert_eq!(shop.operations(upsert).await, "BatchGetItem, TransactWriteItems");
}

#[tokio::test]
async fn reads_at_one_moment() {
    let shop = Recorded::open().await;
    shop.scope.insert(&mut Stock::new("rye")).await.unwrap();
    let read = shop.scope.get_atomic((Stock::key("main", "rye"), Order::key("zoe", 7)));
    assert_snapshot!("get_atomic", shop.sent(read).await);
    let many: Vec<_> = (0..100).map(|id| Order::key("zoe", id)).collect();
    let many = shop.scope.get_atomic(many);
    assert_eq!(shop.operations(many).await, "TransactGetItems");
    let none: [keyloom::Key<Order>; 0] = [];
    assert_eq!(shop.operations(shop.scope.get_atomic(none)).await, "");
}
