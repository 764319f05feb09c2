//! Neutral values: what crosses between a record and a backend.
//!
//! A record writes its fields into a [`FieldSink`] and is read from a [`FieldSource`], one position
//! at a time and without names. Which kind of [`Value`] a field uses is fixed by its
//! [`Storage`](crate::schema::Storage), so a backend never guesses.

mod document;
mod probe;
mod row;
mod scalar;
pub(crate) mod set;
mod tree;

use std::borrow::Cow;
use std::fmt;

use crate::schema::SetOf;

pub use document::{DocumentField, JSON_FORM};
pub use probe::{Absent, DocumentProbe, KeyProbe, NestedAccess, NoKeyProbe, Probe, ScalarAccess};
pub use row::Row;
pub use scalar::Scalar;
pub use tree::Tree;

pub(crate) use document::Measure;
#[cfg(feature = "dynamodb")]
pub(crate) use document::whole_number;
pub(crate) use scalar::read_text;

/// One neutral value.
///
/// Booleans are `Int(0)` and `Int(1)`, timestamps are `Int` in microseconds since 1970, sets and nested
/// serde values are `Text` holding JSON or a `Tree`; the [`Storage`](crate::schema::Storage) of the field tells
/// these apart from plain numbers and text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// The field is absent.
    Null,
    /// An integer, a boolean or a timestamp.
    Int(i64),
    /// A finite number, never `-0.0`.
    Real(f64),
    /// Text, or a nested value as JSON text.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// A set or nested value in the engine's own form; only a [`FieldSource`] makes one.
    Tree(Tree<'a>),
}

impl Value<'_> {
    /// The value, borrowed again.
    pub fn as_ref(&self) -> Value<'_> {
        match self {
            Value::Null => Value::Null,
            Value::Int(number) => Value::Int(*number),
            Value::Real(number) => Value::Real(*number),
            Value::Text(text) => Value::Text(Cow::Borrowed(text)),
            Value::Bytes(bytes) => Value::Bytes(Cow::Borrowed(bytes)),
            Value::Tree(tree) => Value::Tree(tree.clone()),
        }
    }

    /// The value, owning what it holds; a tree becomes JSON text.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Int(number) => Value::Int(number),
            Value::Real(number) => Value::Real(number),
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Bytes(bytes) => Value::Bytes(Cow::Owned(bytes.into_owned())),
            Value::Tree(tree) => Value::Text(Cow::Owned(tree.json())),
        }
    }

    /// What is found here, in the words of an error message.
    pub fn found(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Int(_) => "an integer",
            Value::Real(_) => "a floating-point number",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytes",
            Value::Tree(tree) => tree.found(),
        }
    }

    /// Writes the value to a sink.
    pub fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        match self {
            Value::Null => to.null(),
            Value::Int(number) => to.int(*number),
            Value::Real(number) => to.real(*number),
            Value::Text(text) => to.text(text),
            Value::Bytes(bytes) => to.bytes(bytes),
            Value::Tree(tree) => to.document(tree),
        }
    }
}

/// Receives one value; the backend's side of a write.
pub trait FieldSink {
    /// The field is absent.
    fn null(&mut self) -> Result<(), Invalid>;
    /// An integer, a boolean or a timestamp.
    fn int(&mut self, value: i64) -> Result<(), Invalid>;
    /// A finite number.
    fn real(&mut self, value: f64) -> Result<(), Invalid>;
    /// Text.
    fn text(&mut self, value: &str) -> Result<(), Invalid>;
    /// Bytes.
    fn bytes(&mut self, value: &[u8]) -> Result<(), Invalid>;
    /// A set that is not empty, of elements of one kind, sorted and each once.
    fn set(&mut self, of: SetOf, elements: &[Value<'_>]) -> Result<(), Invalid>;
    /// A nested value, which the sink renders in its engine's own form.
    fn document(&mut self, value: &dyn erased_serde::Serialize) -> Result<(), Invalid>;
}

/// Something whose fields can be written one at a time, by position in its schema.
///
/// Every [`Record`](crate::Record) is one, and so is a stored [`Row`].
pub trait Fields: Send + Sync {
    /// Writes the field at `at`, one call of `to` exactly, or fails.
    fn field(&self, at: usize, to: &mut dyn FieldSink) -> Result<(), Invalid>;
}

/// A stored record as its engine returns it; the backend's side of a read.
pub trait FieldSource {
    /// The field at `at`, by position in the record's schema.
    fn value(&mut self, at: usize) -> Result<Value<'_>, Invalid>;
}

/// Why a value cannot be written or read. The field's name is added by whoever knows it.
///
/// It is also the error of the conversions between [`Timestamp`](crate::Timestamp) and the times of
/// other crates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid(Cow<'static, str>);

impl Invalid {
    /// An invalid value, for the reason given.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self(reason.into())
    }

    /// `expected` was wanted and `found` was found.
    #[cold]
    pub fn mismatch(expected: &str, found: &Value<'_>) -> Self {
        Self::new(format!("expected {expected}, found {}", found.found()))
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}
