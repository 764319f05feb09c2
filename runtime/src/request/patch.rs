//! [`Patch`]: changes of single fields, and what each does to a stored record.
//!
//! An engine that can apply a change by itself may; what it stores must be what [`Patch::apply`] says.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::key::TenantKey;
use crate::schema::{FieldSchema, RecordSchema, Storage};
use crate::store::check_record;
use crate::value::{FieldSink, Fields, Invalid, Row, Value, set};

/// How one field changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It becomes the operand.
    Set,
    /// It becomes the operand where it is absent.
    SetIfAbsent,
    /// It becomes absent.
    Remove,
    /// The operand, an integer, is added; an absent field counts as zero.
    Add {
        /// The least value that the field's type holds.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// The operand, a list, is put behind the stored one.
    Append,
    /// The operand, a list, is put before the stored one.
    Prepend,
    /// The elements of the operand, a set, are added to the stored one.
    Insert,
    /// The elements of the operand, a set, are taken out of the stored one.
    Take,
}

/// Changes of a record's fields, each field at most once.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    steps: Vec<(usize, Change)>,
    /// The operand of each step; sets and nested values as JSON text.
    operands: Row,
}

impl Patch {
    /// Adds a change, whose operand `write` writes in one call.
    pub(crate) fn push(
        &mut self,
        field: usize,
        change: Change,
        write: impl FnOnce(&mut dyn FieldSink) -> Result<(), Invalid>,
    ) -> Result<(), Invalid> {
        if self.changes(field) {
            return Err(Invalid::new("the field is changed twice"));
        }
        write(&mut self.operands)?;
        self.steps.push((field, change));
        Ok(())
    }

    /// The changes: a field's position, what is done, and the operand.
    pub fn steps(&self) -> impl Iterator<Item = (usize, Change, Value<'_>)> {
        self.steps.iter().zip(self.operands.iter()).map(|(step, operand)| (step.0, step.1, operand))
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether a field changes.
    pub fn changes(&self, field: usize) -> bool {
        self.steps.iter().any(|(at, _)| *at == field)
    }

    /// What a field becomes, where the stored record does not matter for it: `None` where it does.
    pub fn known(&self, field: usize) -> Option<Value<'_>> {
        let (_, change, operand) = self.steps().find(|(at, ..)| *at == field)?;
        matches!(change, Change::Set | Change::Remove).then_some(operand)
    }

    /// The record that the patch makes of the stored one, checked as any record that is written.
    pub fn apply(
        &self,
        record: &'static RecordSchema,
        tenant: &TenantKey,
        stored: &Row,
        max_bytes: Option<usize>,
    ) -> Result<Row> {
        let mut row = Row::with_capacity(record.fields.len());
        for (at, field) in record.fields.iter().enumerate() {
            let old = stored.get(at);
            let value = match self.steps().find(|step| step.0 == at) {
                None => old,
                Some((_, change, operand)) => changed(change, field, old, operand)
                    .map_err(|invalid| Error::value(record.name, field.name, &invalid))?,
            };
            row.push(&value);
        }
        check_record(record, tenant, &StoredFields { record, row: &row }, max_bytes)?;
        Ok(row)
    }
}

fn changed<'v>(
    change: Change,
    field: &FieldSchema,
    stored: Value<'v>,
    operand: Value<'v>,
) -> Result<Value<'v>, Invalid> {
    Ok(match (change, stored) {
        (Change::Remove, _) => Value::Null,
        (Change::Set, _) | (Change::SetIfAbsent, Value::Null) => operand,
        (Change::SetIfAbsent, stored) => stored,
        (Change::Add { min, max }, stored) => Value::Int(sum(&stored, &operand, min, max)?),
        (Change::Append, stored) => joined(&stored, &operand)?,
        (Change::Prepend, stored) => joined(&operand, &stored)?,
        (Change::Insert | Change::Take, stored) => {
            let Storage::Set(of) = field.storage else {
                return Err(Invalid::new("the field is no set"));
            };
            let merged = if change == Change::Insert {
                set::union(of, &stored, &operand)?
            } else {
                set::difference(of, &stored, &operand)?
            };
            merged.map_or(Value::Null, |json| Value::Text(Cow::Owned(json)))
        }
    })
}

fn sum(stored: &Value<'_>, operand: &Value<'_>, min: i64, max: i64) -> Result<i64, Invalid> {
    let integer = |value: &Value<'_>| match value {
        Value::Null => Ok(0),
        Value::Int(number) => Ok(*number),
        other => Err(Invalid::mismatch("an integer", other)),
    };
    integer(stored)?
        .checked_add(integer(operand)?)
        .filter(|sum| (min..=max).contains(sum))
        .ok_or_else(|| Invalid::new(format!("the sum is not between {min} and {max}")))
}

/// Two lists, both JSON text, as one.
fn joined(first: &Value<'_>, second: &Value<'_>) -> Result<Value<'static>, Invalid> {
    let elements = |value: &Value<'_>| match value {
        Value::Null => Ok(String::new()),
        Value::Text(json) => json
            .trim()
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .map(|inside| inside.trim().to_owned())
            .ok_or_else(|| Invalid::new("expected a list, found another nested value")),
        other => Err(Invalid::mismatch("a list", other)),
    };
    let (first, second) = (elements(first)?, elements(second)?);
    let comma = if first.is_empty() || second.is_empty() { "" } else { "," };
    Ok(Value::Text(Cow::Owned(format!("[{first}{comma}{second}]"))))
}

/// A stored row as a record's fields: sets and nested values, which a row holds as JSON text, are
/// written as what they are.
#[derive(Debug)]
pub struct StoredFields<'r> {
    /// The record.
    pub record: &'static RecordSchema,
    /// Its fields by position.
    pub row: &'r Row,
}

impl Fields for StoredFields<'_> {
    fn field(&self, at: usize, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        let storage = self.record.fields.get(at).map(|field| field.storage);
        match (storage, self.row.get(at)) {
            (Some(Storage::Set(of)), Value::Text(json)) => set::write_stored(of, &json, to),
            (Some(Storage::Document), Value::Text(json)) => {
                let value: serde_json::Value = serde_json::from_str(&json)
                    .map_err(|_| Invalid::new("expected JSON, found other text"))?;
                to.document(&value)
            }
            (_, value) => value.write(to),
        }
    }
}
