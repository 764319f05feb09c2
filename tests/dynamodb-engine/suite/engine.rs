//! The engine does what DynamoDB does, through the client that this crate gives.

use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use keyloom_dynamodb_engine::Endpoint;

use crate::common::{block_on, create_table, put, text};

#[tokio::test]
async fn a_failed_condition_returns_the_item() {
    let endpoint = Endpoint::fresh();
    let client = endpoint.client();
    let table = create_table(&endpoint, &client).await;
    put(&client, &table, "a", "1").send().await.expect("a first put");

    let refused = put(&client, &table, "a", "1")
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .send()
        .await
        .expect_err("the item is there")
        .into_service_error();

    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
        failed,
    ) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(failed.item().and_then(|item| item.get("sk")), Some(&text("1")));
}

#[tokio::test]
async fn a_cancelled_transaction_gives_its_reasons_and_changes_nothing() {
    let endpoint = Endpoint::fresh();
    let client = endpoint.client();
    let table = create_table(&endpoint, &client).await;
    let item = |pk: &str, condition: Option<&str>| {
        let put = Put::builder()
            .table_name(&table)
            .item("pk", text(pk))
            .item("sk", text("1"))
            .set_condition_expression(condition.map(Into::into))
            .build()
            .expect("a whole put");
        TransactWriteItem::builder().put(put).build()
    };

    let cancelled = client
        .transact_write_items()
        .transact_items(item("a", None))
        .transact_items(item("b", Some("attribute_exists(pk)")))
        .send()
        .await
        .expect_err("there is no b")
        .into_service_error();

    let reasons = match cancelled {
        aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
            cancelled,
        ) => cancelled.cancellation_reasons.unwrap_or_default(),
        other => panic!("{other:?}"),
    };
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code().unwrap_or_default()).collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed"]);
    let found = client.get_item().table_name(&table).key("pk", text("a")).key("sk", text("1"));
    assert_eq!(found.send().await.expect("a read").item, None);
}

#[test]
fn a_query_runs_without_an_async_runtime() {
    let endpoint = Endpoint::fresh();
    let client = endpoint.client();
    let found = block_on(async {
        let table = create_table(&endpoint, &client).await;
        for sk in ["1", "2", "3"] {
            put(&client, &table, "a", sk).send().await.expect("a put");
        }
        client
            .query()
            .table_name(&table)
            .key_condition_expression("pk = :pk AND sk >= :sk")
            .expression_attribute_values(":pk", text("a"))
            .expression_attribute_values(":sk", text("2"))
            .send()
            .await
            .expect("a query")
    });
    let keys: Vec<&AttributeValue> = found.items().iter().map(|item| &item["sk"]).collect();
    assert_eq!(keys, [&text("2"), &text("3")]);
}

/// On a server of another program this is what removes the tables, so it looks from outside.
#[tokio::test]
async fn a_dropped_endpoint_leaves_no_table() {
    let endpoint = Endpoint::fresh();
    let table = create_table(&endpoint, &endpoint.client()).await;
    let guest = Endpoint::join(endpoint.url(), endpoint.prefix());
    let there = async || guest.client().describe_table().table_name(&table).send().await.is_ok();
    assert!(there().await);
    drop(endpoint);
    assert!(!there().await);
}
