//! Streams and sequences.

use std::time::Duration;

use futures_util::future::try_join_all;
use insta::assert_snapshot;
use keyloom_dynamodb_engine::Fault;

use super::Recorded;
use super::domain::{Entry, Ticket};

#[tokio::test]
async fn appends() {
    let shop = Recorded::open().await;
    let stream = shop.scope.stream(Entry::stream(1));
    let entry = || Entry::new(1, 100);
    assert_snapshot!("append_first", shop.sent(stream.append(&mut entry())).await);
    assert_snapshot!("append_later", shop.sent(stream.append(&mut entry())).await);
    let mut three = [entry(), entry(), entry()];
    assert_snapshot!("append_all", shop.sent(stream.append_all(&mut three)).await);
    let mut many: Vec<_> = (0..98).map(|_| entry()).collect();
    assert_eq!(shop.operations(stream.append_all(&mut many)).await, "TransactWriteItems");
    // Those that wait share a transaction; the first takes long enough for them to wait.
    shop.faults.script([Fault::Delay(Duration::from_millis(300))]);
    let mut each: Vec<_> = (0..8).map(|_| entry()).collect();
    let appends = each.iter_mut().map(|entry| stream.append(entry).into_future());
    let together = async { try_join_all(appends).await };
    assert_eq!(shop.count(together).await, [("TransactWriteItems".to_owned(), 2)]);
}

#[tokio::test]
async fn appends_under_conditions() {
    let shop = Recorded::open().await;
    let stream = shop.scope.stream(Entry::stream(1));
    let entry = || Entry::new(1, 100);
    stream.append(&mut entry()).await.unwrap();
    assert_snapshot!("append_expecting", shop.sent(stream.append(&mut entry()).expect(1)).await);
    let refused = async { stream.append(&mut entry()).expect(1).await.unwrap_err().kind() };
    assert_eq!(shop.count(refused).await, [("GetItem".to_owned(), 1)]);
    let once = shop.sent(stream.append_once("import-7", &mut entry())).await;
    assert_snapshot!("append_once", once);
    let again = shop.operations(stream.append_once("import-7", &mut entry())).await;
    assert_eq!(again, "TransactWriteItems");
    // Of a stream that the store does not know, `expect` says where its head is.
    let other = shop.scope.stream(Entry::stream(2));
    let first = shop.operations(other.append(&mut Entry::new(2, 100)).expect(0)).await;
    assert_eq!(first, "TransactWriteItems");
}

#[tokio::test]
async fn reads_and_trims() {
    let shop = Recorded::open().await;
    let stream = shop.scope.stream(Entry::stream(1));
    let mut entries: Vec<_> = (0..60).map(|cents| Entry::new(1, cents)).collect();
    stream.append_all(&mut entries).await.unwrap();
    let read = shop.sent(async { stream.read_from(58).limit(2).await.unwrap().len() });
    assert_snapshot!("read_from", read.await);
    assert_eq!(shop.operations(stream.last_seq()).await, "GetItem");
    assert_eq!(shop.operations(stream.read_from(61)).await, "GetItem");
    assert_snapshot!("trim_through", shop.sent(stream.trim_through(2)).await);
    let trimmed = shop.operations(stream.keep_last(5)).await;
    let batches = "BatchWriteItem, BatchWriteItem, BatchWriteItem";
    assert_eq!(trimmed, format!("GetItem, UpdateItem, Query, {batches}, Query"));
}

#[tokio::test]
async fn numbers() {
    let shop = Recorded::open().await;
    let first = shop.operations(shop.scope.insert(&mut Ticket::new(1))).await;
    assert_eq!(first, "UpdateItem, PutItem, PutItem", "the counter is made");
    let insert = shop.sent(async { shop.scope.insert(&mut Ticket::new(1)).await });
    assert_snapshot!("insert_with_a_number", insert.await);
    let mut ten: Vec<_> = (0..10).map(|_| Ticket::new(1)).collect();
    let count = shop.count(shop.scope.insert_all(&mut ten)).await;
    assert_eq!(count, [("PutItem".to_owned(), 10), ("UpdateItem".to_owned(), 1)]);
    assert_eq!(ten[9].number, 12);
    // A number that is brought along moves the counter.
    let mut own = Ticket { number: 100, ..Ticket::new(1) };
    assert_eq!(shop.operations(shop.scope.insert(&mut own)).await, "UpdateItem, PutItem");
    // One that the counter has passed, as this store knows, does not.
    let mut earlier = Ticket { number: 50, ..Ticket::new(1) };
    assert_eq!(shop.operations(shop.scope.insert(&mut earlier)).await, "PutItem");
    let mut assigned = Ticket::new(1);
    assert_eq!(shop.operations(shop.scope.assign_number(&mut assigned)).await, "UpdateItem");
    assert_eq!(shop.operations(shop.scope.insert(&mut assigned)).await, "PutItem");
    let mut ticket = Ticket::new(1);
    let committed = shop.scope.transaction().insert(&mut ticket).commit();
    assert_eq!(shop.operations(committed).await, "UpdateItem, TransactWriteItems");
}
