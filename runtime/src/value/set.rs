//! Sets: fields that hold each value once and in no order.
//!
//! An empty set is stored as absent and an absent one reads back empty, because DynamoDB holds no
//! empty set:
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, Hash};

use super::row::Appending;
use super::{FieldSink, Invalid, Row, Scalar, Tree, Value};
use crate::key::{KeyPart, push_hex, read_hex};
use crate::schema::{SetOf, Storage};

const fn set_of(storage: Storage) -> SetOf {
    match storage {
        Storage::Bool | Storage::Int | Storage::Timestamp => SetOf::Number,
        Storage::Bytes => SetOf::Bytes,
        _ => SetOf::Text,
    }
}

fn order(a: &Value<'_>, b: &Value<'_>) -> std::cmp::Ordering {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
        _ => std::cmp::Ordering::Equal,
    }
}

/// Writes the elements in the order of their values, so that equal sets are stored alike.
fn write<'t, T: Scalar + 't>(
    elements: impl ExactSizeIterator<Item = &'t T>,
    to: &mut dyn FieldSink,
) -> Result<(), Invalid> {
    let mut row = Row::with_capacity(elements.len());
    for element in elements {
        element.write(&mut row)?;
    }
    write_elements::<T>(&row, to)
}

/// Writes elements that a row holds, as a set.
pub(crate) fn write_elements<T: Scalar>(row: &Row, to: &mut dyn FieldSink) -> Result<(), Invalid> {
    if row.is_empty() {
        return to.null();
    }
    let mut values: Vec<Value<'_>> = row.iter().collect();
    values.sort_by(order);
    values.dedup();
    to.set(set_of(T::STORAGE), &values)
}

fn read<T: Scalar>(value: &Value<'_>, mut add: impl FnMut(T)) -> Result<(), Invalid> {
    let of = set_of(T::STORAGE);
    match value {
        Value::Null => Ok(()),
        Value::Text(json) => {
            let elements: Vec<serde_json::Value> = serde_json::from_str(json)
                .map_err(|_| Invalid::new("expected a JSON list, found other text"))?;
            for element in &elements {
                add(T::read(json_element(of, element)?)?);
            }
            Ok(())
        }
        Value::Tree(tree) => {
            let wrong = || Invalid::new(format!("expected a set, found {}", tree.found()));
            for element in tree.elements().ok_or_else(wrong)? {
                add(T::read(tree_element(element)?)?);
            }
            Ok(())
        }
        other => Err(Invalid::mismatch("a set", other)),
    }
}

fn json_element(of: SetOf, element: &serde_json::Value) -> Result<Value<'_>, Invalid> {
    let wrong = || Invalid::new("an element of another type");
    match element {
        serde_json::Value::String(hex) if of == SetOf::Bytes => {
            read_hex(hex).map(|bytes| Value::Bytes(bytes.into())).ok_or_else(wrong)
        }
        serde_json::Value::String(text) => Ok(Value::Text(text.into())),
        serde_json::Value::Number(number) => number.as_i64().map(Value::Int).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

fn tree_element<'t>(element: &'t Tree<'_>) -> Result<Value<'t>, Invalid> {
    match element {
        Tree::Text(text) => Ok(Value::Text(Cow::Borrowed(text))),
        Tree::Bytes(bytes) => Ok(Value::Bytes(Cow::Borrowed(bytes))),
        Tree::Number(number) => number
            .parse()
            .map(Value::Int)
            .map_err(|_| Invalid::new("expected an integer, found another number")),
        other => Err(Invalid::new(format!("an element of another type: {}", other.found()))),
    }
}

/// The elements of a stored set, JSON text or nothing, of which `parse` owns what they borrow.
fn parse(stored: &Value<'_>) -> Result<Vec<serde_json::Value>, Invalid> {
    match stored {
        Value::Null => Ok(Vec::new()),
        Value::Text(json) => serde_json::from_str(json)
            .map_err(|_| Invalid::new("expected a JSON list, found other text")),
        other => Err(Invalid::mismatch("a set", other)),
    }
}

fn elements(of: SetOf, parsed: &[serde_json::Value]) -> Result<Vec<Value<'_>>, Invalid> {
    let mut elements: Vec<Value<'_>> =
        parsed.iter().map(|element| json_element(of, element)).collect::<Result<_, _>>()?;
    elements.sort_by(order);
    elements.dedup();
    Ok(elements)
}

fn json(elements: &[Value<'_>]) -> Result<Option<String>, Invalid> {
    if elements.is_empty() {
        return Ok(None);
    }
    let mut json = String::new();
    write_json(&mut Appending(&mut json), elements)?;
    Ok(Some(json))
}

/// The elements of two stored sets, as stored; `None` is the empty set.
pub(crate) fn union(
    of: SetOf,
    stored: &Value<'_>,
    more: &Value<'_>,
) -> Result<Option<String>, Invalid> {
    let mut both = parse(stored)?;
    both.extend(parse(more)?);
    json(&elements(of, &both)?)
}

/// The elements of one stored set that are not in another, as stored; `None` is the empty set.
pub(crate) fn difference(
    of: SetOf,
    stored: &Value<'_>,
    less: &Value<'_>,
) -> Result<Option<String>, Invalid> {
    let (stored, less) = (parse(stored)?, parse(less)?);
    let (mut kept, less) = (elements(of, &stored)?, elements(of, &less)?);
    kept.retain(|element| !less.contains(element));
    json(&kept)
}

/// Writes a stored set, JSON text, as a set.
pub(crate) fn write_stored(of: SetOf, json: &str, to: &mut dyn FieldSink) -> Result<(), Invalid> {
    let parsed = parse(&Value::Text(Cow::Borrowed(json)))?;
    match &elements(of, &parsed)?[..] {
        [] => to.null(),
        elements => to.set(of, elements),
    }
}

/// Appends the elements as a JSON list, the form that engines without sets hold.
pub(super) fn write_json(json: &mut Appending<'_>, elements: &[Value<'_>]) -> Result<(), Invalid> {
    let texts: Vec<serde_json::Value> = elements
        .iter()
        .map(|element| match element {
            Value::Int(number) => Ok((*number).into()),
            Value::Text(text) => Ok((&**text).into()),
            Value::Bytes(bytes) => {
                let mut hex = String::with_capacity(bytes.len() * 2);
                push_hex(&mut hex, bytes);
                Ok(hex.into())
            }
            other => Err(Invalid::mismatch("an element of a set", other)),
        })
        .collect::<Result<_, _>>()?;
    serde_json::to_writer(json, &texts).map_err(|error| Invalid::new(error.to_string()))
}

impl<T: KeyPart + Ord> Scalar for BTreeSet<T> {
    const STORAGE: Storage = Storage::Set(set_of(T::STORAGE));

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        write(self.iter(), to)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        let mut set = Self::new();
        read(&value, |element| {
            set.insert(element);
        })?;
        Ok(set)
    }
}

impl<T: KeyPart + Eq + Hash, S: BuildHasher + Default> Scalar for HashSet<T, S> {
    const STORAGE: Storage = Storage::Set(set_of(T::STORAGE));

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        write(self.iter(), to)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        let mut set = Self::default();
        read(&value, |element| {
            set.insert(element);
        })?;
        Ok(set)
    }
}
