//! What DynamoDB tells of a table, compared with what the schema needs.
//!
//! Pure; [`table`](super::table) asks and decides. What the table has beyond the schema is left alone.

use super::create::Capacity;
use super::sdk::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndexDescription, IndexStatus,
    KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType, TableDescription,
    TableStatus, TimeToLiveDescription, TimeToLiveStatus,
};
use crate::schema::{DynamodbIndex, DynamodbProjection, DynamodbTable};

/// Whether a table can be used now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It can.
    Usable,
    /// It will be, for this reason it is not yet.
    Coming(String),
    /// It cannot, and will not by itself.
    Unusable(String),
}

/// Whether the table and those of its indexes that are needed can be used.
pub(super) fn state(description: &TableDescription, wanted: &DynamodbTable) -> State {
    let cannot = |why: &str| State::Unusable(why.to_owned());
    match description.table_status() {
        None | Some(TableStatus::Active | TableStatus::Updating) => {}
        Some(TableStatus::Creating) => return State::Coming("it is being created".to_owned()),
        Some(TableStatus::Deleting) => return cannot("it is being deleted"),
        Some(TableStatus::Archiving | TableStatus::Archived) => return cannot("it is archived"),
        Some(TableStatus::InaccessibleEncryptionCredentials) => {
            return cannot("the key that encrypts it cannot be used");
        }
        Some(other) => return State::Unusable(format!("its status is {}", other.as_str())),
    }
    let mut coming = None;
    for index in &wanted.indexes {
        let name = &index.name;
        match found(description, index).and_then(GlobalSecondaryIndexDescription::index_status) {
            None | Some(IndexStatus::Active | IndexStatus::Updating) => {}
            Some(IndexStatus::Creating) => {
                coming = Some(format!("index \"{name}\" is being built"));
            }
            Some(IndexStatus::Deleting) => {
                return State::Unusable(format!("index \"{name}\" is being deleted"));
            }
            Some(other) => {
                return State::Unusable(format!("index \"{name}\" is {}", other.as_str()));
            }
        }
    }
    coming.map_or(State::Usable, State::Coming)
}

/// Whether the table has the keys that every item is read by.
pub(super) fn has_keys(description: &TableDescription) -> bool {
    let wanted = [DynamodbTable::PARTITION, DynamodbTable::SORT];
    keys(description.key_schema()) == wanted.map(Some)
        && wanted.iter().all(|name| kind(description, name) == Some(&ScalarAttributeType::S))
}

/// What the table has otherwise than the schema needs it; indexes that it lacks are not among them.
pub(super) fn differences(
    description: &TableDescription,
    time_to_live: Option<&TimeToLiveDescription>,
    wanted: &DynamodbTable,
) -> Vec<String> {
    let mut differences = Vec::new();
    let keys = [DynamodbTable::PARTITION, DynamodbTable::SORT];
    if let Some(stored) = other_keys(description.key_schema(), keys) {
        differences.push(format!(
            "the primary key is ({stored}) in the table and ({}) in the schema",
            list(&keys)
        ));
    } else {
        differences.extend(keys.iter().filter_map(|key| other_kind(description, key)));
    }
    for index in &wanted.indexes {
        if let Some(stored) = found(description, index) {
            differences.extend(index_differences(description, stored, index));
        }
    }
    differences.extend(time_to_live.and_then(other_time_to_live));
    differences
}

/// The indexes that the table lacks, in the order of their slots.
pub(super) fn missing<'w>(
    description: &TableDescription,
    wanted: &'w DynamodbTable,
) -> Vec<&'w DynamodbIndex> {
    wanted.indexes.iter().filter(|index| found(description, index).is_none()).collect()
}

/// What each index of a table with provisioned throughput gets: as much as the table has.
pub(super) fn capacity(description: &TableDescription) -> Option<Capacity> {
    let by_request = description
        .billing_mode_summary()
        .and_then(|summary| summary.billing_mode())
        .is_some_and(|mode| *mode == BillingMode::PayPerRequest);
    let stored = description.provisioned_throughput().filter(|_| !by_request)?;
    let (read, write) = (stored.read_capacity_units()?, stored.write_capacity_units()?);
    // A table that is paid for by request may be described with zero units.
    (read > 0 && write > 0).then_some(Capacity { read, write })
}

/// Whether DynamoDB removes, or is about to remove, what has expired.
pub(super) fn removes_expired(description: &TimeToLiveDescription) -> bool {
    let on = [TimeToLiveStatus::Enabled, TimeToLiveStatus::Enabling];
    description.time_to_live_status().is_some_and(|status| on.contains(status))
}

fn found<'d>(
    description: &'d TableDescription,
    index: &DynamodbIndex,
) -> Option<&'d GlobalSecondaryIndexDescription> {
    let indexes = description.global_secondary_indexes();
    indexes.iter().find(|stored| stored.index_name() == Some(&index.name))
}

fn index_differences(
    description: &TableDescription,
    stored: &GlobalSecondaryIndexDescription,
    wanted: &DynamodbIndex,
) -> Vec<String> {
    let name = &wanted.name;
    let keys = [&*wanted.partition, &*wanted.sort];
    if let Some(stored) = other_keys(stored.key_schema(), keys) {
        return vec![format!(
            "index \"{name}\" is on ({stored}) in the table and on ({}) in the schema",
            list(&keys)
        )];
    }
    let kinds = keys.iter().filter_map(|key| other_kind(description, key));
    kinds.chain(missing_attributes(stored.projection(), wanted)).collect()
}

fn missing_attributes(stored: Option<&Projection>, wanted: &DynamodbIndex) -> Option<String> {
    let name = &wanted.name;
    let kind = stored.and_then(Projection::projection_type);
    if kind == Some(&ProjectionType::All) {
        return None;
    }
    let DynamodbProjection::Include(needed) = &wanted.projection else {
        let words = kind.map_or("no", ProjectionType::as_str);
        return Some(format!(
            "index \"{name}\" has {words} attributes in the table and ALL in the schema"
        ));
    };
    let stored = stored.map(Projection::non_key_attributes).unwrap_or_default();
    let lacking: Vec<&str> = needed
        .iter()
        .map(|name| &**name)
        .filter(|needed| !stored.iter().any(|stored| stored == needed))
        .collect();
    if lacking.is_empty() {
        return None;
    }
    Some(format!("index \"{name}\" lacks ({}) in the table", list(&lacking)))
}

fn other_time_to_live(stored: &TimeToLiveDescription) -> Option<String> {
    let attribute = stored.attribute_name()?;
    if !removes_expired(stored) || attribute == DynamodbTable::TTL {
        return None;
    }
    Some(format!(
        "time to live is on (\"{attribute}\") in the table and on (\"{}\") in the schema",
        DynamodbTable::TTL
    ))
}

/// The partition key and the sort key of a key schema.
fn keys(schema: &[KeySchemaElement]) -> [Option<&str>; 2] {
    [KeyType::Hash, KeyType::Range].map(|kind| {
        let mut found = schema.iter().filter(|element| element.key_type == kind);
        // An index may have several of each, and is then another one.
        found.next().map(KeySchemaElement::attribute_name).filter(|_| found.next().is_none())
    })
}

/// The stored keys as words, where they are not these.
fn other_keys(schema: &[KeySchemaElement], wanted: [&str; 2]) -> Option<String> {
    if keys(schema) == wanted.map(Some) {
        return None;
    }
    let names: Vec<&str> = schema.iter().map(KeySchemaElement::attribute_name).collect();
    Some(list(&names))
}

fn kind<'d>(description: &'d TableDescription, name: &str) -> Option<&'d ScalarAttributeType> {
    let definitions = description.attribute_definitions();
    let found = definitions.iter().find(|definition| definition.attribute_name() == name);
    found.map(AttributeDefinition::attribute_type)
}

fn other_kind(description: &TableDescription, name: &str) -> Option<String> {
    let stored = kind(description, name).filter(|stored| **stored != ScalarAttributeType::S)?;
    Some(format!("attribute \"{name}\" is {} in the table and S in the schema", stored.as_str()))
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
