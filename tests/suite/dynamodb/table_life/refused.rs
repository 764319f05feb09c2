//! Tables that do not fit are refused, with every difference, and stay as they are.

use std::fmt::Write as _;

use keyloom::dynamodb::sdk::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};

use super::{Place, base, version};

fn define(name: &str, kind: ScalarAttributeType) -> AttributeDefinition {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
}

#[tokio::test]
async fn tables_of_others() {
    let mut told = String::new();
    {
        let place = Place::new();
        let table = place.client().create_table().table_name(place.table());
        let table = table
            .attribute_definitions(define("id", ScalarAttributeType::N))
            .key_schema(key("id", KeyType::Hash))
            .billing_mode(BillingMode::PayPerRequest);
        table.send().await.expect("it is created");
        for engine in [place.creating(), place.engine().add_missing_indexes()] {
            told += &place.refusal::<base::Tasks>(engine).await;
            told += "\n\n";
        }
    }
    let place = Place::new();
    let index = GlobalSecondaryIndex::builder()
        .index_name("gsi1")
        .key_schema(key("gsi1pk", KeyType::Hash))
        .key_schema(key("gsi1sk", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build());
    let table = place.client().create_table().table_name(place.table());
    let table = table
        .attribute_definitions(define("pk", ScalarAttributeType::S))
        .attribute_definitions(define("sk", ScalarAttributeType::S))
        .attribute_definitions(define("gsi1pk", ScalarAttributeType::S))
        .attribute_definitions(define("gsi1sk", ScalarAttributeType::N))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index.build().unwrap())
        .billing_mode(BillingMode::PayPerRequest);
    table.send().await.expect("it is created");
    let other = TimeToLiveSpecification::builder().enabled(true).attribute_name("expires").build();
    let switch = place.client().update_time_to_live().table_name(place.table());
    switch.time_to_live_specification(other.unwrap()).send().await.expect("it is switched on");
    told += &place.refusal::<base::Tasks>(place.creating().add_missing_indexes()).await;
    insta::assert_snapshot!(told);
}

/// As one would create it by hand or by a template: it is taken over.
#[tokio::test]
async fn a_fitting_table_of_others_is_taken_over() {
    let place = Place::new();
    let index = GlobalSecondaryIndex::builder()
        .index_name("gsi1")
        .key_schema(key("gsi1pk", KeyType::Hash))
        .key_schema(key("gsi1sk", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::All).build());
    let table = place.client().create_table().table_name(place.table());
    let table = ["pk", "sk", "gsi1pk", "gsi1sk"]
        .iter()
        .fold(table, |table, name| {
            table.attribute_definitions(define(name, ScalarAttributeType::S))
        })
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index.build().unwrap())
        .billing_mode(BillingMode::PayPerRequest);
    table.send().await.expect("it is created");
    let store = place.open::<base::Tasks>().await.expect("it fits");
    let requests = ["DescribeTable", "DescribeTimeToLive", "GetItem", "PutItem"];
    assert_eq!(place.operations(), requests);
    let tasks = store.tenant(&"zoe".to_owned());
    tasks.insert(&mut base::Task::new(1)).await.expect("it is inserted");
    assert_eq!(tasks.query(base::Task::by_title()).all().await.unwrap().len(), 1);
}

version!(other_key, [partition = "list#{list}", sort = "t{id}"], {
    #[record(tenant)]
    pub(crate) owner: String,
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    #[record(expires)]
    pub(crate) expires: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

version!(other_fields, [
    partition = "list#{list}",
    sort = "{id}",
    index(by_title, partition = "titles", sort = "{title:norm}", slot = 2)
], {
    #[record(tenant)]
    pub(crate) owner: String,
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) note: String,
    pub(crate) rank: u8,
    #[record(expires)]
    pub(crate) expires: Option<Timestamp>,
});

version!(new_index, [
    partition = "list#{list}",
    sort = "{id}",
    index(by_title, partition = "titles", sort = "{title}", slot = 1),
    index(by_note, partition = "notes", sort = "{note}", slot = 2),
    index(by_list, partition = "lists#{list}", slot = 3)
], {
    #[record(tenant)]
    pub(crate) owner: String,
    pub(crate) list: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    #[record(expires)]
    pub(crate) expires: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
});

#[tokio::test]
async fn changes_of_the_record() {
    let place = Place::with(2).await;
    let mut told = String::new();
    let mut tell = |name: &str, message: String| {
        writeln!(told, "{name}:\n    {}", message.replace("; ", ";\n    ")).expect("it is text");
    };
    tell("other_key", place.refusal::<other_key::Tasks>(place.creating()).await);
    tell("other_fields", place.refusal::<other_fields::Tasks>(place.engine()).await);
    let adding = place.engine().add_missing_indexes();
    tell("other_fields, adding", place.refusal::<other_fields::Tasks>(adding).await);
    tell("new_index", place.refusal::<new_index::Tasks>(place.creating()).await);
    insta::assert_snapshot!(told);
    place.open::<base::Tasks>().await.expect("it fits as before");
}

#[tokio::test]
async fn another_encoding() {
    use keyloom::dynamodb::sdk::types::AttributeValue;

    let place = Place::with(0).await;
    let update = place.client().update_item().table_name(place.table());
    let update = update
        .key("pk", AttributeValue::S("#$schema".to_owned()))
        .key("sk", AttributeValue::S("$schema".to_owned()))
        .update_expression("SET encoding = :other")
        .expression_attribute_values(":other", AttributeValue::N("2".to_owned()));
    update.send().await.expect("it is changed");
    insta::assert_snapshot!(place.refusal::<base::Tasks>(place.engine()).await);
}
