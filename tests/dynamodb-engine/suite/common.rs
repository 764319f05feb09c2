//! A table, and items for it.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use keyloom_dynamodb_engine::Endpoint;

/// Creates a table of two text keys and waits for it.
pub(crate) async fn create_table(endpoint: &Endpoint, client: &Client) -> String {
    let name = endpoint.table("items");
    let mut request =
        client.create_table().table_name(&name).billing_mode(BillingMode::PayPerRequest);
    for (attribute, key) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let definition = AttributeDefinition::builder()
            .attribute_name(attribute)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .expect("a whole definition");
        let element = KeySchemaElement::builder()
            .attribute_name(attribute)
            .key_type(key)
            .build()
            .expect("a whole element");
        request = request.attribute_definitions(definition).key_schema(element);
    }
    request.send().await.expect("a new table");
    name
}

/// A put of an item with these keys.
pub(crate) fn put(client: &Client, table: &str, pk: &str, sk: &str) -> PutItemFluentBuilder {
    client.put_item().table_name(table).item("pk", text(pk)).item("sk", text(sk))
}

/// A text attribute.
pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// Runs a future to its end on this thread, which has no async runtime.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
