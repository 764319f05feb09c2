//! Puts: a record as an item, and the changes that store it.

use std::fmt::Write as _;

use aws_sdk_dynamodb::types::AttributeValue;

use super::change::{Answer, Change, Kind};
use super::expression::Aliases;
use super::item::{Item, VERSION, WRITES, attribute};
use super::unique::{self, Guard};
use crate::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyText, TenantKey};
use crate::schema::{DynamodbTable, IndexSchema, Path, RecordSchema};
use crate::value::{Fields, Invalid};

/// A record on its way into the table.
pub(super) struct NewItem {
    pub(super) record: &'static RecordSchema,
    pub(super) key: KeyText,
    /// The attributes of the fields, by position.
    pub(super) values: Vec<Option<AttributeValue>>,
    /// The keys of the indexes, by position; `None` where the record is not in the index.
    indexes: Vec<Option<KeyText>>,
    /// When it expires, in microseconds.
    pub(super) expires: Option<i64>,
    /// The items that hold its unique values.
    pub(super) guards: Vec<Guard>,
}

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn whole(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// A new id of a write: 95 bits of chance.
pub(super) fn new_id() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(16).collect()
}

/// The primary key of an item.
pub(super) fn key_item(key: &KeyText) -> Item {
    Item::from([
        (DynamodbTable::PARTITION.to_owned(), text(&key.partition)),
        (DynamodbTable::SORT.to_owned(), text(&key.sort)),
    ])
}

/// The second in which DynamoDB may remove what expires at this microsecond: none too early.
pub(super) fn ttl(expires: i64) -> AttributeValue {
    whole(expires.div_euclid(1_000_000) + i64::from(expires.rem_euclid(1_000_000) > 0))
}

pub(super) fn invalid_key(record: &'static RecordSchema) -> impl Fn(Invalid) -> Error {
    |invalid| Error::new(ErrorKind::InvalidKey, invalid.to_string()).with_record(record.name)
}

/// The condition that the stored item has not expired, and is not marked as deleted unless that does
/// not matter; `None` for a record that can be neither.
pub(super) fn live_condition(
    record: &'static RecordSchema,
    aliases: &mut Aliases,
    deleted: bool,
    now: Timestamp,
) -> Option<String> {
    let unexpired = record.roles.expires.map(|at| {
        let expires = aliases.name(record.fields[at].stored);
        let now = aliases.value("now", whole(now.as_micros()));
        format!("(attribute_not_exists({expires}) OR {expires} > {now})")
    });
    let unmarked = record
        .roles
        .deleted
        .filter(|_| !deleted)
        .map(|at| format!("attribute_not_exists({})", aliases.name(record.fields[at].stored)));
    match (unexpired, unmarked) {
        (Some(unexpired), Some(unmarked)) => Some(format!("{unexpired} AND {unmarked}")),
        (unexpired, unmarked) => unexpired.or(unmarked),
    }
}

/// The condition that the stored item has expired, if the record can expire.
fn expired_condition(
    record: &'static RecordSchema,
    aliases: &mut Aliases,
    now: Timestamp,
) -> Option<String> {
    let expires = aliases.name(record.fields[record.roles.expires?].stored);
    let now = aliases.value("now", whole(now.as_micros()));
    Some(format!("{expires} <= {now}"))
}

/// The names of the key attributes of a shared index.
pub(super) fn index_names(slot: u8) -> [String; 2] {
    [DynamodbTable::index_partition(slot), DynamodbTable::index_sort(slot)]
}

/// What an update does with the stamp of the first write.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Created {
    /// It stays as it is stored.
    Untouched,
    /// It is set where there is none.
    IfAbsent,
}

impl NewItem {
    pub(super) fn new(
        record: &'static RecordSchema,
        tenant: &TenantKey,
        fields: &dyn Fields,
    ) -> Result<Self> {
        let key = KeyText::of(record, Path::Primary, tenant, fields)?.unwrap_or_default();
        let values: Vec<Option<AttributeValue>> = (0..record.fields.len())
            .map(|at| attribute(record, fields, at))
            .collect::<Result<_>>()?;
        let indexes = (0..record.indexes.len())
            .map(|at| KeyText::of(record, Path::Index(at), tenant, fields))
            .collect::<Result<_>>()?;
        let expires = record.roles.expires.and_then(|at| match values.get(at) {
            Some(Some(AttributeValue::N(micros))) => micros.parse().ok(),
            _ => None,
        });
        let guards = unique::guards(record, tenant, fields)?;
        Ok(Self { record, key, values, indexes, expires, guards })
    }

    /// The shared indexes and the record's keys in them; a unique constraint has none.
    fn indexed(&self) -> impl Iterator<Item = (&IndexSchema, &Option<KeyText>)> {
        self.record.indexes.iter().zip(&self.indexes).filter(|(index, _)| index.slot > 0)
    }

    fn item(&self, id: &str) -> Item {
        let mut item = key_item(&self.key);
        item.reserve(self.values.len() + 2 * self.indexes.len() + 4);
        item.insert(DynamodbTable::TYPE.to_owned(), text(self.record.name));
        item.insert(VERSION.to_owned(), whole(1));
        item.insert(WRITES[0].to_owned(), text(id));
        for (field, value) in self.record.fields.iter().zip(&self.values) {
            if let Some(value) = value {
                item.insert(field.stored.to_owned(), value.clone());
            }
        }
        for (index, key) in self.indexed() {
            if let Some(key) = key {
                let [partition, sort] = index_names(index.slot);
                item.insert(partition, text(&key.partition));
                item.insert(sort, text(&key.sort));
            }
        }
        if let Some(expires) = self.expires {
            item.insert(DynamodbTable::TTL.to_owned(), ttl(expires));
        }
        item
    }

    /// Stores the whole record where no live one is.
    pub(super) fn insert(&self, id: &str, now: Timestamp) -> Change {
        let mut aliases = Aliases::default();
        let absent = format!("attribute_not_exists({})", aliases.name(DynamodbTable::PARTITION));
        let condition = match expired_condition(self.record, &mut aliases, now) {
            Some(expired) => format!("{absent} OR {expired}"),
            None => absent,
        };
        Change { kind: Kind::Put(self.item(id)), condition: Some(condition), aliases }
    }

    /// Stores the whole record over an expired one; `None` for a record that cannot expire.
    pub(super) fn replace_expired(&self, id: &str, now: Timestamp) -> Option<Change> {
        let mut aliases = Aliases::default();
        let condition = expired_condition(self.record, &mut aliases, now)?;
        Some(Change { kind: Kind::Put(self.item(id)), condition: Some(condition), aliases })
    }

    /// Writes the record over the live one of this revision.
    pub(super) fn save(&self, id: &str, now: Timestamp, revision: u64) -> Change {
        let mut aliases = Aliases::of(self.record);
        let update = self.update(id, Created::Untouched, &mut aliases);
        let mut conditions = Vec::with_capacity(3);
        conditions.extend(revision_condition(self.record, &mut aliases, revision));
        conditions.extend(live_condition(self.record, &mut aliases, false, now));
        conditions.push(not_written(id, &mut aliases));
        self.updating(update, conditions, aliases, false)
    }

    /// Writes the record over a live one or where there is none.
    pub(super) fn upsert(&self, id: &str, now: Timestamp) -> Change {
        let mut aliases = Aliases::of(self.record);
        let update = self.update(id, Created::IfAbsent, &mut aliases);
        let mut conditions = Vec::with_capacity(2);
        conditions.extend(live_condition(self.record, &mut aliases, false, now));
        conditions.push(not_written(id, &mut aliases));
        self.updating(update, conditions, aliases, self.record.roles.created.is_some())
    }

    /// Writes the record over this item, if it is still the stored one.
    pub(super) fn write_over(&self, id: &str, stored: &Item) -> Change {
        let mut aliases = Aliases::of(self.record);
        let update = self.update(id, Created::IfAbsent, &mut aliases);
        let conditions = vec![is_as_read(stored, &mut aliases)];
        self.updating(update, conditions, aliases, false)
    }

    fn updating(
        &self,
        update: String,
        conditions: Vec<String>,
        aliases: Aliases,
        answer: bool,
    ) -> Change {
        let answer = if answer { Answer::Changed } else { Answer::Nothing };
        let kind = Kind::Update { key: key_item(&self.key), update, answer };
        Change { kind, condition: Some(conditions.join(" AND ")), aliases }
    }

    /// Adds the condition that unique values and expiry are the stored ones, so that no guard need move.
    pub(super) fn with_unmoved_guards(&self, mut change: Change) -> Change {
        let record = self.record;
        let placeholders = (0..record.indexes.len())
            .filter(|&at| record.indexes[at].unique)
            .flat_map(|at| record.placeholders(Path::Index(at)))
            .map(|placeholder| placeholder.field);
        let mut fields: Vec<usize> = placeholders.chain(record.roles.expires).collect();
        fields.sort_unstable();
        fields.dedup();
        for at in fields {
            let stored = record.fields[at].stored;
            let name = change.aliases.name(stored);
            let unmoved = match &self.values[at] {
                Some(value) => {
                    format!("{name} = {}", change.aliases.value(stored, value.clone()))
                }
                None => format!("attribute_not_exists({name})"),
            };
            if let Some(condition) = &mut change.condition {
                condition.push_str(" AND ");
                condition.push_str(&unmoved);
            }
        }
        change
    }

    /// The update expression: what the record holds is set, what it lacks is removed, and attributes
    /// that this program does not know stay.
    fn update(&self, id: &str, created: Created, aliases: &mut Aliases) -> String {
        let mut set = Vec::with_capacity(self.values.len() + 8);
        let mut remove = Vec::new();
        let mut assign = |aliases: &mut Aliases, name: &str, value: Option<AttributeValue>| {
            let alias = aliases.name(name);
            match value {
                Some(value) => set.push(format!("{alias} = {}", aliases.value(name, value))),
                None => remove.push(alias),
            }
        };
        assign(aliases, DynamodbTable::TYPE, Some(text(self.record.name)));
        for (at, (field, value)) in self.record.fields.iter().zip(&self.values).enumerate() {
            if self.record.roles.created != Some(at) {
                assign(aliases, field.stored, value.clone());
            }
        }
        for (index, key) in self.indexed() {
            let [partition, sort] = index_names(index.slot);
            assign(aliases, &partition, key.as_ref().map(|key| text(&key.partition)));
            assign(aliases, &sort, key.as_ref().map(|key| text(&key.sort)));
        }
        if self.record.roles.expires.is_some() {
            assign(aliases, DynamodbTable::TTL, self.expires.map(ttl));
        }
        if let (Created::IfAbsent, Some(at)) = (created, self.record.roles.created)
            && let Some(value) = &self.values[at]
        {
            let stored = self.record.fields[at].stored;
            let (name, value) = (aliases.name(stored), aliases.value(stored, value.clone()));
            set.push(format!("{name} = if_not_exists({name}, {value})"));
        }
        set.push(shift_writes(id, aliases));
        let version = aliases.name(VERSION);
        let one = aliases.value("one", whole(1));
        let mut update = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            update.push_str(" REMOVE ");
            update.push_str(&remove.join(", "));
        }
        let _ = write!(update, " ADD {version} {one}");
        update
    }
}

/// Puts the id before those of the earlier writes, of which the oldest is forgotten.
pub(super) fn shift_writes(id: &str, aliases: &mut Aliases) -> String {
    let none = aliases.value("none", text(""));
    let mut shifted: Vec<String> = WRITES
        .windows(2)
        .map(|pair| {
            let (from, to) = (aliases.name(pair[0]), aliases.name(pair[1]));
            format!("{to} = if_not_exists({from}, {none})")
        })
        .collect();
    let (latest, id) = (aliases.name(WRITES[0]), aliases.value("write", text(id)));
    shifted.push(format!("{latest} = {id}"));
    shifted.join(", ")
}

/// The condition that the write with this id has not been applied: a copy of the request that arrives
/// late changes nothing.
pub(super) fn not_written(id: &str, aliases: &mut Aliases) -> String {
    let names = WRITES.map(|name| aliases.name(name)).join(", ");
    format!("NOT {} IN ({names})", aliases.value("write", text(id)))
}

/// The condition that the stored revision is this one.
pub(super) fn revision_condition(
    record: &'static RecordSchema,
    aliases: &mut Aliases,
    revision: u64,
) -> Option<String> {
    let name = aliases.name(record.fields[record.roles.revision?].stored);
    let value = aliases.value("expected", AttributeValue::N(revision.to_string()));
    Some(format!("{name} = {value}"))
}

/// The condition that nobody has written the item since it was read.
///
/// The version alone would not do: an item that was removed and made anew counts from one again. What
/// another program made may have neither version nor id.
pub(super) fn is_as_read(stored: &Item, aliases: &mut Aliases) -> String {
    let read = [(VERSION, "version"), (WRITES[0], "latest")].map(|(attribute, alias)| {
        let name = aliases.name(attribute);
        match stored.get(attribute) {
            Some(value) => format!("{name} = {}", aliases.value(alias, value.clone())),
            None => format!("attribute_not_exists({name})"),
        }
    });
    read.join(" AND ")
}
