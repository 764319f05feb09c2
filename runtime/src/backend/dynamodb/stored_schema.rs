//! The schema item: what the records of the table were like when they were first opened.
//!
//! A DynamoDB table knows its keys and nothing of its records, so one global item keeps their key
//! layouts, indexes and fields. Each `open` compares it with the compiled schema and adds what is new;
//! nothing is ever taken out, so a program that knows less opens and leaves it as it is. Used by
//! [`table`](super::table).

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use super::item::{Item, number};
use super::sdk::types::AttributeValue;
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeyKind;
use crate::schema::{Component, DynamodbTable, Layout, RecordSchema, SetOf, Storage, TableSchema};

/// The partition key of the schema item: global, and `$` begins no component of a record's key.
pub(super) const PARTITION: &str = "#$schema";
/// Its sort key and its type.
pub(super) const SORT: &str = "$schema";
/// The version of the key encoding.
pub(super) const ENCODING: &str = "encoding";
/// The map of the records.
pub(super) const RECORDS: &str = "records";

/// The encoding that this program writes; another one orders or spells keys differently.
pub(super) const CURRENT_ENCODING: u64 = 1;

/// What the schema item tells, or what it is to tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct StoredSchema {
    pub(super) encoding: u64,
    pub(super) records: BTreeMap<String, StoredRecord>,
}

/// One record.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct StoredRecord {
    pub(super) primary: StoredLayout,
    pub(super) indexes: BTreeMap<String, StoredIndex>,
    /// Its fields, by stored name.
    pub(super) fields: BTreeMap<String, StoredField>,
}

/// The templates of a path, as far as they decide what a key's text is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct StoredLayout {
    pub(super) partition: String,
    pub(super) sort: String,
}

/// One index.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct StoredIndex {
    pub(super) layout: StoredLayout,
    pub(super) slot: u64,
    pub(super) unique: bool,
}

/// One field.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct StoredField {
    pub(super) storage: String,
    /// Whether an item may lack it.
    pub(super) optional: bool,
}

impl StoredSchema {
    /// The compiled schema.
    pub(super) fn of(schema: &'static TableSchema) -> Self {
        let records = schema.records.iter();
        Self {
            encoding: CURRENT_ENCODING,
            records: records
                .map(|record| (record.name.to_owned(), StoredRecord::of(record)))
                .collect(),
        }
    }

    /// The schema without the indexes in these slots, which the table does not have yet.
    pub(super) fn without_slots(mut self, slots: &[u8]) -> Self {
        for record in self.records.values_mut() {
            record
                .indexes
                .retain(|_, index| !slots.iter().any(|slot| index.slot == u64::from(*slot)));
        }
        self
    }

    /// As the attributes of the item, keys included.
    pub(super) fn item(&self) -> Item {
        let records = self.records.iter();
        let records = records.map(|(name, record)| (name.clone(), record.attribute())).collect();
        HashMap::from([
            (DynamodbTable::PARTITION.to_owned(), text(PARTITION)),
            (DynamodbTable::SORT.to_owned(), text(SORT)),
            (DynamodbTable::TYPE.to_owned(), text(SORT)),
            (ENCODING.to_owned(), count(self.encoding)),
            (RECORDS.to_owned(), AttributeValue::M(records)),
        ])
    }

    /// Reads the item; what it holds beside this is a newer keyloom's.
    pub(super) fn read(item: &Item) -> Result<Self> {
        let encoding = number(item, ENCODING).ok_or_else(|| damaged(ENCODING))?;
        if encoding != CURRENT_ENCODING {
            // How another encoding's item is laid out is not known.
            return Ok(Self { encoding, records: BTreeMap::new() });
        }
        let mut records = BTreeMap::new();
        for (name, record) in map(item, RECORDS)? {
            let record = record.as_m().map_err(|_| damaged(name))?;
            records.insert(name.clone(), StoredRecord::read(record)?);
        }
        Ok(Self { encoding, records })
    }
}

impl StoredRecord {
    fn of(record: &'static RecordSchema) -> Self {
        let indexes = record.indexes.iter().map(|index| {
            let stored = StoredIndex {
                layout: StoredLayout::of(record, &index.layout),
                slot: u64::from(index.slot),
                unique: index.unique,
            };
            (index.name.to_owned(), stored)
        });
        let fields = record.fields.iter().map(|field| {
            let stored = StoredField {
                storage: storage_word(field.storage).to_owned(),
                // An empty set is an absent attribute.
                optional: field.nullable() || matches!(field.storage, Storage::Set(_)),
            };
            (field.stored.to_owned(), stored)
        });
        Self {
            primary: StoredLayout::of(record, &record.primary),
            indexes: indexes.collect(),
            fields: fields.collect(),
        }
    }

    pub(super) fn attribute(&self) -> AttributeValue {
        let indexes = self.indexes.iter().map(|(name, index)| (name.clone(), index.attribute()));
        let fields = self.fields.iter().map(|(name, field)| (name.clone(), field.attribute()));
        AttributeValue::M(HashMap::from([
            ("partition".to_owned(), text(&self.primary.partition)),
            ("sort".to_owned(), text(&self.primary.sort)),
            ("indexes".to_owned(), AttributeValue::M(indexes.collect())),
            ("fields".to_owned(), AttributeValue::M(fields.collect())),
        ]))
    }

    fn read(item: &Item) -> Result<Self> {
        let mut record = Self { primary: StoredLayout::read(item)?, ..Self::default() };
        for (name, index) in map(item, "indexes")? {
            let index = index.as_m().map_err(|_| damaged(name))?;
            record.indexes.insert(
                name.clone(),
                StoredIndex {
                    layout: StoredLayout::read(index)?,
                    slot: number(index, "slot").ok_or_else(|| damaged("slot"))?,
                    unique: truth(index, "unique")?,
                },
            );
        }
        for (name, field) in map(item, "fields")? {
            let field = field.as_m().map_err(|_| damaged(name))?;
            record.fields.insert(
                name.clone(),
                StoredField {
                    storage: word(field, "storage")?,
                    optional: truth(field, "optional")?,
                },
            );
        }
        Ok(record)
    }
}

impl StoredIndex {
    pub(super) fn attribute(&self) -> AttributeValue {
        AttributeValue::M(HashMap::from([
            ("partition".to_owned(), text(&self.layout.partition)),
            ("sort".to_owned(), text(&self.layout.sort)),
            ("slot".to_owned(), count(self.slot)),
            ("unique".to_owned(), AttributeValue::Bool(self.unique)),
        ]))
    }
}

impl StoredField {
    pub(super) fn attribute(&self) -> AttributeValue {
        AttributeValue::M(HashMap::from([
            ("storage".to_owned(), text(&self.storage)),
            ("optional".to_owned(), AttributeValue::Bool(self.optional)),
        ]))
    }
}

impl StoredLayout {
    fn of(record: &'static RecordSchema, layout: &Layout) -> Self {
        let mut partition = String::new();
        if let Some(tenant) = record.roles.tenant {
            let field = &record.fields[tenant];
            // Its key text is stricter than any other component's.
            let _ = write!(partition, "{{{}:tenant {}}}", field.stored, kind_word(field.key, None));
        }
        partition.push('#');
        push_components(&mut partition, record, layout.partition);
        let mut sort = String::new();
        push_components(&mut sort, record, layout.sort);
        Self { partition, sort }
    }

    fn read(item: &Item) -> Result<Self> {
        Ok(Self { partition: word(item, "partition")?, sort: word(item, "sort")? })
    }
}

/// Spells components with what decides the text of each: the stored name of the field, for people,
/// and how its values are written.
fn push_components(out: &mut String, record: &RecordSchema, components: &[Component]) {
    for (at, component) in components.iter().enumerate() {
        if at > 0 {
            out.push('#');
        }
        out.push_str(component.literal);
        let Some(placeholder) = &component.placeholder else {
            continue;
        };
        let field = &record.fields[placeholder.field];
        let kind = kind_word(field.key, placeholder.width);
        let norm = if placeholder.norm { " norm" } else { "" };
        let _ = write!(out, "{{{}:{kind}{norm}}}", field.stored);
    }
}

/// How values are written in a key; two types that are written alike have one word.
fn kind_word(kind: Option<KeyKind>, width: Option<u8>) -> String {
    let Some(kind) = kind else {
        return "none".to_owned();
    };
    let digits = width.unwrap_or(kind.digits());
    let word = match kind {
        KeyKind::Unsigned { .. } => return format!("unsigned {digits}"),
        KeyKind::Signed { .. } => return format!("signed {digits}"),
        // A tag has nothing to escape, and a type may gain tags.
        KeyKind::Text | KeyKind::Words(_) => "text",
        KeyKind::Bytes => "bytes",
        KeyKind::Bool => "bool",
        KeyKind::Timestamp => "timestamp",
        KeyKind::Date => "date",
        KeyKind::Uuid => "uuid",
        KeyKind::Ulid => "ulid",
    };
    word.to_owned()
}

/// What an attribute holds; two kinds of storage that SQLite and DynamoDB hold alike have one word.
fn storage_word(storage: Storage) -> &'static str {
    match storage {
        Storage::Bool => "a boolean",
        Storage::Int | Storage::Timestamp => "an integer",
        Storage::Real => "a float",
        Storage::Text => "text",
        Storage::Bytes => "bytes",
        Storage::Set(SetOf::Text) => "a set of text",
        Storage::Set(SetOf::Number) => "a set of integers",
        Storage::Set(SetOf::Bytes) => "a set of bytes",
        Storage::Document => "a document",
    }
}

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn count(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn map<'i>(item: &'i Item, name: &str) -> Result<&'i Item> {
    item.get(name).and_then(|value| value.as_m().ok()).ok_or_else(|| damaged(name))
}

fn word(item: &Item, name: &str) -> Result<String> {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().ok_or_else(|| damaged(name))
}

fn truth(item: &Item, name: &str) -> Result<bool> {
    item.get(name).and_then(|value| value.as_bool().ok()).copied().ok_or_else(|| damaged(name))
}

#[cold]
fn damaged(name: &str) -> Error {
    Error::new(
        ErrorKind::SchemaMismatch,
        format!("the item `{PARTITION}` of the table is damaged at `{name}`"),
    )
}
