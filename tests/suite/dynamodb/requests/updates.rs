//! Updates: one request, and a read before it where what is stored decides.

use insta::assert_snapshot;
use keyloom::Revision;

use super::Recorded;
use super::domain::{Order, Stock, User};

#[tokio::test]
async fn of_each_kind() {
    let shop = Recorded::open().await;
    shop.scope.insert(&mut Stock::new("rye")).await.unwrap();
    let update = || shop.scope.update(Stock::key("main", "rye"));
    assert_snapshot!("update_one_field", shop.sent(update().set(Stock::LOAVES, 7_u32)).await);
    let all = update()
        .set(Stock::LOAVES, 20_u32)
        .set_if_absent(Stock::OWNER, "zoe")
        .remove(Stock::NOTE)
        .append(Stock::LABELS, ["new"])
        .prepend(Stock::HISTORY, ["baked"])
        .insert_into(Stock::TAGS, ["dark", "sour"])
        .remove_from(Stock::ALLERGENS, ["nuts"])
        .when(Stock::LOAVES.le(7))
        .if_revision(Revision::new(2));
    assert_snapshot!("update_in_every_way", shop.sent(all).await);
    assert_snapshot!("update_that_adds", shop.sent(update().subtract(Stock::LOAVES, 2)).await);
    let refused = async {
        update().add(Stock::LOAVES, 1).when(Stock::LOAVES.ge(100)).await.unwrap_err().kind()
    };
    assert_snapshot!("update_whose_condition_fails", shop.sent(refused).await);
    // The sum that the type cannot hold is refused by the same request.
    let too_much = async { update().add(Stock::LOAVES, u32::MAX).await.unwrap_err().kind() };
    assert_eq!(shop.count(too_much).await, [("UpdateItem".to_owned(), 1)]);
    let missing = async {
        let update = shop.scope.update(Stock::key("main", "none")).add(Stock::LOAVES, 1);
        update.await.unwrap_err().kind()
    };
    assert_eq!(shop.count(missing).await, [("UpdateItem".to_owned(), 1)]);
}

#[tokio::test]
async fn of_keys_of_indexes() {
    let shop = Recorded::open().await;
    shop.scope.insert(&mut Stock::new("rye")).await.unwrap();
    let moved = shop.scope.update(Stock::key("main", "rye")).set(Stock::SHELF, "right");
    assert_snapshot!("update_that_moves_in_an_index", shop.sent(moved).await);
    shop.scope.insert(&mut Order::new(7)).await.unwrap();
    shop.later();
    // `by_state` is sorted by the stamp of the last write, so every update moves in it.
    let known = shop.scope.update(Order::key("zoe", 7)).set(Order::STATE, "baked");
    assert_eq!(shop.operations(known).await, "UpdateItem");
    shop.later();
    let read = shop.scope.update(Order::key("zoe", 7)).set(Order::PAID, true);
    assert_snapshot!("update_that_reads", shop.sent(read).await);
}

#[tokio::test]
async fn of_unique_values() {
    let shop = Recorded::open().await;
    shop.scope.insert(&mut User::new(1, "zoe@x")).await.unwrap();
    let other = shop.scope.update(User::key(1)).set(User::NAME, "Zoe");
    assert_eq!(shop.operations(other).await, "UpdateItem");
    let moved = shop.scope.update(User::key(1)).set(User::EMAIL, "zoe@y");
    assert_snapshot!("update_of_a_unique_value", shop.sent(moved).await);
}

#[tokio::test]
async fn or_inserts() {
    let shop = Recorded::open().await;
    let update = || {
        let update = shop.scope.update(Stock::key("main", "rye")).add(Stock::LOAVES, 1);
        update.or_insert(Stock::new("rye"))
    };
    assert_snapshot!("update_or_insert_that_inserts", shop.sent(update()).await);
    assert_eq!(shop.operations(update()).await, "UpdateItem");
}
