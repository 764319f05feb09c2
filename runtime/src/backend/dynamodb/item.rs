//! Records as items, and items as records.

use std::borrow::Cow;
use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::document::{decimal, document, into_tree, tree};
use crate::Timestamp;
use crate::error::{Error, Result};
use crate::record::Record;
use crate::request::is_live;
use crate::schema::{DynamodbTable, Reader, RecordSchema, SetOf, Storage};
use crate::value::{FieldSink, FieldSource, Fields, Invalid, Row, Value, set};

/// An item, or the part of one that an index holds.
pub type Item = HashMap<String, AttributeValue>;

/// Counts the writes of an item.
pub(super) const VERSION: &str = "_v";
/// The ids of an item's last four writes, the latest first.
pub(super) const WRITES: [&str; 4] = ["_w1", "_w2", "_w3", "_w4"];

/// The attributes of a record's fields, under their stored names and without keys.
///
/// ```
/// # use keyloom::Record;
/// # #[derive(Record, Debug, PartialEq)]
/// # #[record(global, partition = "notes", sort = "{id}")]
/// # struct Note { id: u32, text: String }
/// use keyloom::dynamodb::{from_item, to_item};
///
/// let item = to_item(&Note { id: 7, text: "rye".into() })?;
/// assert_eq!(item["text"].as_s().unwrap(), "rye");
/// assert_eq!(from_item::<Note>(item)?, Note { id: 7, text: "rye".into() });
/// # Ok::<(), keyloom::Error>(())
/// ```
pub fn to_item<R: Record>(record: &R) -> Result<Item> {
    let mut item = HashMap::with_capacity(R::SCHEMA.fields.len());
    for (at, field) in R::SCHEMA.fields.iter().enumerate() {
        let put = |value| drop(item.insert(field.stored.to_owned(), value));
        record
            .write_field(at, &mut AttributeSink { storage: field.storage, put })
            .map_err(|invalid| Error::value(R::SCHEMA.name, field.name, &invalid))?;
    }
    Ok(item)
}

/// The record of an item, as a stream of the table or an export brings it; other attributes are passed
/// over.
pub fn from_item<R: Record>(item: Item) -> Result<R> {
    R::read_fields(&mut Reader::new(R::SCHEMA, &mut StoredItem::new(R::SCHEMA, item)))
}

/// The attribute of the field at a position; `None` where it is absent.
pub(super) fn attribute(
    record: &'static RecordSchema,
    fields: &dyn Fields,
    at: usize,
) -> Result<Option<AttributeValue>> {
    let field = &record.fields[at];
    let mut attribute = None;
    fields
        .field(
            at,
            &mut AttributeSink { storage: field.storage, put: |value| attribute = Some(value) },
        )
        .map_err(|invalid| Error::value(record.name, field.name, &invalid))?;
    Ok(attribute)
}

/// The attribute that a value of a kind of storage is.
pub(super) fn value_attribute(storage: Storage, value: &Value<'_>) -> Option<AttributeValue> {
    let mut attribute = None;
    // The sink takes every value but a nested one that serde refuses.
    value.write(&mut AttributeSink { storage, put: |value| attribute = Some(value) }).ok()?;
    attribute
}

/// Makes one value an attribute, and puts it where it belongs.
struct AttributeSink<F> {
    storage: Storage,
    put: F,
}

impl<F: FnMut(AttributeValue)> FieldSink for AttributeSink<F> {
    fn null(&mut self) -> Result<(), Invalid> {
        Ok(())
    }

    fn int(&mut self, value: i64) -> Result<(), Invalid> {
        (self.put)(match self.storage {
            Storage::Bool => AttributeValue::Bool(value != 0),
            _ => AttributeValue::N(value.to_string()),
        });
        Ok(())
    }

    fn real(&mut self, value: f64) -> Result<(), Invalid> {
        (self.put)(AttributeValue::N(decimal(value)));
        Ok(())
    }

    fn text(&mut self, value: &str) -> Result<(), Invalid> {
        (self.put)(match self.storage {
            // Another engine's form of a nested value.
            Storage::Set(of) => return set::write_stored(of, value, self),
            Storage::Document => {
                let json: serde_json::Value = serde_json::from_str(value)
                    .map_err(|_| Invalid::new("expected JSON, found other text"))?;
                document(&json)?
            }
            _ => AttributeValue::S(value.to_owned()),
        });
        Ok(())
    }

    fn bytes(&mut self, value: &[u8]) -> Result<(), Invalid> {
        (self.put)(AttributeValue::B(Blob::new(value)));
        Ok(())
    }

    fn set(&mut self, of: SetOf, elements: &[Value<'_>]) -> Result<(), Invalid> {
        let wrong = |element: &Value<'_>| Invalid::mismatch("an element of the set", element);
        (self.put)(match of {
            SetOf::Text => AttributeValue::Ss(
                elements
                    .iter()
                    .map(|element| match element {
                        Value::Text(text) => Ok(text.clone().into_owned()),
                        other => Err(wrong(other)),
                    })
                    .collect::<Result<_, _>>()?,
            ),
            SetOf::Number => AttributeValue::Ns(
                elements
                    .iter()
                    .map(|element| match element {
                        Value::Int(number) => Ok(number.to_string()),
                        other => Err(wrong(other)),
                    })
                    .collect::<Result<_, _>>()?,
            ),
            SetOf::Bytes => AttributeValue::Bs(
                elements
                    .iter()
                    .map(|element| match element {
                        Value::Bytes(bytes) => Ok(Blob::new(bytes.clone())),
                        other => Err(wrong(other)),
                    })
                    .collect::<Result<_, _>>()?,
            ),
        });
        Ok(())
    }

    fn document(&mut self, value: &dyn erased_serde::Serialize) -> Result<(), Invalid> {
        (self.put)(document(value)?);
        Ok(())
    }
}

/// A stored item whose attributes move out of it as they are read.
///
/// They are looked up in the order of the fields. One pass over the map would spare the hashing, but
/// its order changes from item to item, so that no branch on a name or kind is ever foreseen.
pub(super) struct StoredItem {
    record: &'static RecordSchema,
    item: Item,
}

impl StoredItem {
    pub(super) fn new(record: &'static RecordSchema, item: Item) -> Self {
        Self { record, item }
    }
}

impl FieldSource for StoredItem {
    fn value(&mut self, at: usize) -> Result<Value<'_>, Invalid> {
        let Some(field) = self.record.fields.get(at) else {
            return Ok(Value::Null);
        };
        // Each arm has its own `Ok`: a value that is wrapped later is copied in pieces, which stalls.
        match self.item.remove(field.stored) {
            Some(value) if is_tree(field.storage) => Ok(Value::Tree(into_tree(value))),
            Some(AttributeValue::S(text)) => Ok(Value::Text(Cow::Owned(text))),
            Some(AttributeValue::B(bytes)) => Ok(Value::Bytes(Cow::Owned(bytes.into_inner()))),
            None | Some(AttributeValue::Null(_)) => Ok(Value::Null),
            Some(value) => match (int(field.storage, &value), real(field.storage, &value)) {
                (Some(number), _) => Ok(Value::Int(number)),
                (_, Some(number)) => Ok(Value::Real(number)),
                _ => Ok(Value::Tree(into_tree(value))),
            },
        }
    }
}

/// An attribute as a value; one that is not of the field's kind is left for its reader to refuse.
fn value_of(storage: Storage, value: &AttributeValue) -> Value<'_> {
    match value {
        value if is_tree(storage) => Value::Tree(tree(value)),
        AttributeValue::S(text) => Value::Text(Cow::Borrowed(text)),
        AttributeValue::B(bytes) => Value::Bytes(Cow::Borrowed(bytes.as_ref())),
        AttributeValue::Null(_) => Value::Null,
        value => match (int(storage, value), real(storage, value)) {
            (Some(number), _) => Value::Int(number),
            (_, Some(number)) => Value::Real(number),
            _ => Value::Tree(tree(value)),
        },
    }
}

fn is_tree(storage: Storage) -> bool {
    matches!(storage, Storage::Document | Storage::Set(_))
}

/// The `Value::Int` of an attribute, if a field of this kind has one.
fn int(storage: Storage, value: &AttributeValue) -> Option<i64> {
    match (storage, value) {
        (Storage::Bool, AttributeValue::Bool(value)) => Some(i64::from(*value)),
        (Storage::Int | Storage::Timestamp, AttributeValue::N(number)) => number.parse().ok(),
        _ => None,
    }
}

/// The `Value::Real` of an attribute, if a field of this kind has one.
fn real(storage: Storage, value: &AttributeValue) -> Option<f64> {
    match (storage, value) {
        (Storage::Real, AttributeValue::N(number)) => number.parse().ok(),
        _ => None,
    }
}

/// The field at a position of an item.
pub(super) fn value_at<'i>(record: &'static RecordSchema, item: &'i Item, at: usize) -> Value<'i> {
    record.fields.get(at).map_or(Value::Null, |field| {
        item.get(field.stored).map_or(Value::Null, |value| value_of(field.storage, value))
    })
}

/// The fields of an item as a row.
pub(super) fn row_of(record: &'static RecordSchema, item: &Item) -> Row {
    let mut row = Row::with_capacity(record.fields.len());
    for field in record.fields {
        let value = item.get(field.stored);
        let nested = is_tree(field.storage);
        match value.map_or(Value::Null, |value| value_of(field.storage, value)) {
            // In a row a tree is text, which a field of text must not take for its own.
            Value::Tree(_) if !nested && field.storage == Storage::Bytes => {
                row.push(&Value::Text(Cow::Borrowed("")));
            }
            Value::Tree(_) if !nested => row.push(&Value::Bytes(Cow::Borrowed(&[]))),
            value => row.push(&value),
        }
    }
    row
}

/// Whether a stored item exists at `now`: it has not expired, and is not marked as deleted unless that
/// does not matter.
pub(super) fn live(
    record: &'static RecordSchema,
    item: &Item,
    deleted: bool,
    now: Timestamp,
) -> bool {
    is_live(record, &|at| value_at(record, item, at), deleted, now)
}

/// A whole number of an item.
pub(super) fn number(item: &Item, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// The revision of a stored item.
pub(super) fn revision(record: &RecordSchema, item: &Item) -> Option<u64> {
    number(item, record.fields[record.roles.revision?].stored)
}

/// Whether a write with this id is among the last four of the item.
pub(super) fn has_write(item: &Item, id: &str) -> bool {
    WRITES.iter().any(|name| matches!(item.get(*name), Some(AttributeValue::S(text)) if text == id))
}

/// Whether the write with this id is the last one of the item.
pub(super) fn is_latest(item: &Item, id: &str) -> bool {
    matches!(item.get(WRITES[0]), Some(AttributeValue::S(text)) if text == id)
}

/// Which of `records` an item is.
pub(super) fn type_of(item: &Item) -> Option<&str> {
    item.get(DynamodbTable::TYPE)?.as_s().ok().map(String::as_str)
}

/// The text of a key attribute.
pub(super) fn key_text<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// The primary key of an item.
pub(super) fn key_of(item: &Item) -> Option<(String, String)> {
    let text = |name: &str| key_text(item, name).map(str::to_owned);
    Some((text(DynamodbTable::PARTITION)?, text(DynamodbTable::SORT)?))
}
