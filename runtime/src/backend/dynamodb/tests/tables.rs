//! What DynamoDB tells of a table, beside what a schema needs.

use std::fmt::Write as _;

use super::super::create::Capacity;
use super::super::describe::{State, capacity, differences, has_keys, missing, state};
use super::super::sdk::types::builders::TableDescriptionBuilder;
use super::super::sdk::types::{
    AttributeDefinition, BillingMode, BillingModeSummary, GlobalSecondaryIndexDescription,
    IndexStatus, KeySchemaElement, KeyType, Projection, ProjectionType,
    ProvisionedThroughputDescription, ScalarAttributeType, TableDescription, TableStatus,
    TimeToLiveDescription, TimeToLiveStatus,
};
use crate::schema::{DynamodbIndex, DynamodbProjection, DynamodbTable};

fn wanted(projection: DynamodbProjection) -> DynamodbTable {
    let indexes = [1, 2].map(|slot| DynamodbIndex {
        slot,
        name: DynamodbTable::index_name(slot),
        partition: DynamodbTable::index_partition(slot),
        sort: DynamodbTable::index_sort(slot),
        projection: projection.clone(),
    });
    DynamodbTable { indexes: indexes.into(), expires: true }
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
}

fn keys(partition: &str, sort: &str) -> Vec<KeySchemaElement> {
    vec![key(partition, KeyType::Hash), key(sort, KeyType::Range)]
}

fn define(
    table: TableDescriptionBuilder,
    name: &str,
    kind: ScalarAttributeType,
) -> TableDescriptionBuilder {
    let builder = AttributeDefinition::builder().attribute_name(name).attribute_type(kind);
    table.attribute_definitions(builder.build().unwrap())
}

fn index(
    slot: u8,
    keys: Vec<KeySchemaElement>,
    kind: ProjectionType,
    names: &[&str],
    status: IndexStatus,
) -> GlobalSecondaryIndexDescription {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let projection =
        Projection::builder().projection_type(kind).set_non_key_attributes(Some(names));
    GlobalSecondaryIndexDescription::builder()
        .index_name(DynamodbTable::index_name(slot))
        .set_key_schema(Some(keys))
        .projection(projection.build())
        .index_status(status)
        .build()
}

fn plain_index(slot: u8, status: IndexStatus) -> GlobalSecondaryIndexDescription {
    let keys = keys(&DynamodbTable::index_partition(slot), &DynamodbTable::index_sort(slot));
    index(slot, keys, ProjectionType::All, &[], status)
}

/// A table that has what is wanted, but for its indexes.
fn table() -> TableDescriptionBuilder {
    let names = ["pk", "sk", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk", "extra"];
    let table = TableDescription::builder()
        .table_status(TableStatus::Active)
        .set_key_schema(Some(keys("pk", "sk")));
    names.iter().fold(table, |table, name| define(table, name, ScalarAttributeType::S))
}

fn both(table: TableDescriptionBuilder) -> TableDescription {
    table
        .global_secondary_indexes(plain_index(1, IndexStatus::Active))
        .global_secondary_indexes(plain_index(2, IndexStatus::Active))
        .build()
}

fn time_to_live(status: TimeToLiveStatus, attribute: Option<&str>) -> TimeToLiveDescription {
    TimeToLiveDescription::builder()
        .time_to_live_status(status)
        .set_attribute_name(attribute.map(str::to_owned))
        .build()
}

#[test]
fn a_table_with_more_than_is_wanted_fits() {
    let more = both(table().global_secondary_indexes(plain_index(7, IndexStatus::Active)));
    for projection in [DynamodbProjection::All, DynamodbProjection::Include(vec!["status"])] {
        let wanted = wanted(projection);
        for on in [
            None,
            Some(time_to_live(TimeToLiveStatus::Enabled, Some("_ttl"))),
            Some(time_to_live(TimeToLiveStatus::Disabled, None)),
            Some(time_to_live(TimeToLiveStatus::Disabling, Some("old"))),
        ] {
            assert_eq!(differences(&more, on.as_ref(), &wanted), [""; 0]);
        }
        assert!(has_keys(&more));
        assert_eq!(missing(&more, &wanted), Vec::<&DynamodbIndex>::new());
    }
}

#[test]
fn every_difference_is_told_at_once() {
    let other_keys = TableDescription::builder().key_schema(key("id", KeyType::Hash)).build();
    let number = define(table(), "x", ScalarAttributeType::S)
        .set_attribute_definitions(None)
        .global_secondary_indexes(plain_index(2, IndexStatus::Active));
    let number = ["pk", "sk", "gsi2pk", "gsi2sk"].into_iter().fold(number, |table, name| {
        let kind = match name {
            "sk" => ScalarAttributeType::N,
            "gsi2pk" => ScalarAttributeType::B,
            _ => ScalarAttributeType::S,
        };
        define(table, name, kind)
    });
    let narrow = table()
        .global_secondary_indexes(index(
            1,
            keys("gsi1sk", "gsi1pk"),
            ProjectionType::All,
            &[],
            IndexStatus::Active,
        ))
        .global_secondary_indexes(index(
            2,
            keys("gsi2pk", "gsi2sk"),
            ProjectionType::Include,
            &["other", "status"],
            IndexStatus::Active,
        ))
        .build();
    let ttl = time_to_live(TimeToLiveStatus::Enabling, Some("expires"));
    let all = wanted(DynamodbProjection::All);
    let some = wanted(DynamodbProjection::Include(vec!["status", "title", "_type"]));
    let number = number.build();
    assert!(!has_keys(&other_keys) && !has_keys(&number) && has_keys(&narrow));
    let told = [
        differences(&other_keys, Some(&ttl), &all),
        differences(&number, None, &all),
        differences(&narrow, None, &all),
        differences(&narrow, None, &some),
    ];
    insta::assert_snapshot!(told.map(|differences| differences.join("\n")).join("\n\n"));
    let slots: Vec<u8> = missing(&number, &all).iter().map(|index| index.slot).collect();
    assert_eq!(slots, [1]);
}

#[test]
fn each_status_has_its_meaning() {
    let wanted = wanted(DynamodbProjection::All);
    let mut told = String::new();
    for status in [
        TableStatus::Active,
        TableStatus::Updating,
        TableStatus::Creating,
        TableStatus::Deleting,
        TableStatus::Archived,
        TableStatus::Archiving,
        TableStatus::InaccessibleEncryptionCredentials,
        TableStatus::ReplicationNotAuthorized,
        TableStatus::from("NEW_STATUS"),
    ] {
        let found = state(&both(table().table_status(status.clone())), &wanted);
        writeln!(told, "table {status}: {found:?}").unwrap();
    }
    for status in [
        IndexStatus::Active,
        IndexStatus::Updating,
        IndexStatus::Creating,
        IndexStatus::Deleting,
        IndexStatus::from("NEW_STATUS"),
    ] {
        let table = table().global_secondary_indexes(plain_index(2, status.clone())).build();
        writeln!(told, "index {status}: {:?}", state(&table, &wanted)).unwrap();
    }
    // An index that is not needed does not matter.
    let other = table().global_secondary_indexes(plain_index(9, IndexStatus::Creating)).build();
    assert_eq!(state(&other, &wanted), State::Usable);
    insta::assert_snapshot!(told);
}

#[test]
fn a_new_index_gets_the_capacity_of_its_table() {
    let units = |read, write| {
        let units = ProvisionedThroughputDescription::builder();
        table().provisioned_throughput(
            units.read_capacity_units(read).write_capacity_units(write).build(),
        )
    };
    let by_request = BillingModeSummary::builder().billing_mode(BillingMode::PayPerRequest).build();
    assert_eq!(capacity(&units(5, 6).build()), Some(Capacity { read: 5, write: 6 }));
    assert_eq!(capacity(&units(0, 0).build()), None);
    assert_eq!(capacity(&units(5, 6).billing_mode_summary(by_request).build()), None);
    assert_eq!(capacity(&table().build()), None);
}
