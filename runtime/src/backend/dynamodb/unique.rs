//! Guards: items that hold unique values, each written in one transaction with its owner.
//!
//! A guard carries its owner's key and expiry. It is free where it is absent, expired, or the writer's
//! own.

use aws_sdk_dynamodb::types::AttributeValue;

use super::change::{Change, Kind};
use super::expression::Aliases;
use super::put::{key_item, text, ttl, whole};
use crate::Timestamp;
use crate::error::Result;
use crate::key::{KeyText, TenantKey};
use crate::request::guard_keys;
use crate::schema::{DynamodbTable, RecordSchema};
use crate::value::Fields;

/// The type of a guard, and its sort key.
pub(super) const TYPE: &str = "$unique";
/// Names the record that holds the values.
pub(super) const OWNER: &str = "_owner";
const EXPIRES: &str = "_expires";

/// The unique values of one index that a record holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Guard {
    /// The index's position.
    pub(super) index: usize,
    pub(super) key: KeyText,
}

/// The guards of a record: none for a unique index that it is not in.
pub(super) fn guards(
    record: &'static RecordSchema,
    tenant: &TenantKey,
    fields: &dyn Fields,
) -> Result<Vec<Guard>> {
    let keys = guard_keys(record, tenant, fields)?;
    Ok(keys.into_iter().map(|(index, key)| Guard { index, key }).collect())
}

/// How a guard names its owner; `$` stands in no key.
fn owner(key: &KeyText) -> AttributeValue {
    text(format!("{}${}", key.partition, key.sort))
}

impl Guard {
    /// Takes the values for the record with this key, until it expires.
    pub(super) fn take(&self, holder: &KeyText, expires: Option<i64>, now: Timestamp) -> Change {
        let mut item = key_item(&self.key);
        item.insert(DynamodbTable::TYPE.to_owned(), text(TYPE));
        item.insert(OWNER.to_owned(), owner(holder));
        if let Some(expires) = expires {
            item.insert(EXPIRES.to_owned(), whole(expires));
            item.insert(DynamodbTable::TTL.to_owned(), ttl(expires));
        }
        let mut aliases = Aliases::default();
        let free = free_or_own(holder, &mut aliases);
        let (name, now) = (aliases.name(EXPIRES), aliases.value("now", whole(now.as_micros())));
        let condition = Some(format!("{free} OR {name} <= {now}"));
        Change { kind: Kind::Put(item), condition, aliases }
    }

    /// Gives the values free that the record with this key holds.
    pub(super) fn free(&self, holder: &KeyText) -> Change {
        let mut aliases = Aliases::default();
        let condition = Some(free_or_own(holder, &mut aliases));
        let kind = Kind::Delete { key: key_item(&self.key), answer: false };
        Change { kind, condition, aliases }
    }
}

fn free_or_own(holder: &KeyText, aliases: &mut Aliases) -> String {
    let (partition, name) = (aliases.name(DynamodbTable::PARTITION), aliases.name(OWNER));
    let owner = aliases.value("owner", owner(holder));
    format!("attribute_not_exists({partition}) OR {name} = {owner}")
}
