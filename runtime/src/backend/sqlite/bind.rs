//! Values between keyloom and SQLite.
//!
//! Nothing is copied on the way: a value is bound from where it lies, and a column is read in place.

use std::borrow::Cow;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::value::{FieldSource, Invalid, Row, Value};

/// A value as a statement's parameter.
pub(super) struct Bound<'a>(pub(super) &'a Value<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
            // Only another engine's source makes one; its owned form is text.
            Value::Tree(_) => {
                let why = Invalid::new("a value in another engine's form");
                return Err(rusqlite::Error::ToSqlConversionFailure(Box::new(why)));
            }
        }))
    }
}

/// A row of a result whose first columns are the record's fields in their order.
pub(super) struct Columns<'r, 's>(pub(super) &'r rusqlite::Row<'s>);

impl FieldSource for Columns<'_, '_> {
    fn value(&mut self, at: usize) -> Result<Value<'_>, Invalid> {
        match column(self.0, at) {
            ValueRef::Null => Ok(Value::Null),
            ValueRef::Integer(number) => Ok(Value::Int(number)),
            ValueRef::Real(number) => Ok(Value::Real(number)),
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Ok(Value::Text(Cow::Borrowed(text))),
                Err(_) => Err(Invalid::new("text that is not UTF-8")),
            },
            ValueRef::Blob(bytes) => Ok(Value::Bytes(Cow::Borrowed(bytes))),
        }
    }
}

/// A column by position; `NULL` where the result has none, as a record's position has no more.
fn column<'r>(row: &'r rusqlite::Row<'_>, at: usize) -> ValueRef<'r> {
    row.get_ref(at).unwrap_or(ValueRef::Null)
}

/// Appends a column to `to`; text that is not UTF-8 becomes bytes, so that whoever decodes it says
/// that it is no text.
pub(super) fn push_column(to: &mut Row, row: &rusqlite::Row<'_>, at: usize) {
    to.push(&match column(row, at) {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(Cow::Borrowed(text)),
            Err(_) => Value::Bytes(Cow::Borrowed(text)),
        },
        ValueRef::Blob(bytes) => Value::Bytes(Cow::Borrowed(bytes)),
    });
}
