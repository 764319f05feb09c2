//! Filters as filter expressions that are two-valued.
//!
//! The meaning is [`Filter::passes`]: an absent field equals nothing, is unequal to everything, and
//! neither orders nor contains. DynamoDB has no constants, so what always or never holds is said of
//! `_type`, which every item has; the keys may not stand in a filter.

use aws_sdk_dynamodb::types::AttributeValue;

use super::expression::Aliases;
use super::item::value_attribute;
use super::put::live_condition;
use crate::Timestamp;
use crate::request::{Compare, Filter};
use crate::schema::{DynamodbTable, RecordSchema, Storage};
use crate::value::Value;

pub(super) fn constant(aliases: &mut Aliases, holds: bool) -> String {
    let name = aliases.name(DynamodbTable::TYPE);
    if holds {
        format!("attribute_exists({name})")
    } else {
        format!("attribute_not_exists({name})")
    }
}

/// The filter of a query of one record type.
pub(super) fn expression(
    record: &'static RecordSchema,
    filter: &Filter,
    aliases: &mut Aliases,
) -> String {
    let join = |filters: &[Filter], word: &str, none: bool, aliases: &mut Aliases| {
        if filters.is_empty() {
            return constant(aliases, none);
        }
        let parts: Vec<String> =
            filters.iter().map(|filter| expression(record, filter, aliases)).collect();
        format!("({})", parts.join(word))
    };
    match filter {
        Filter::Compare { field, compare, value } => {
            compare_field(record, *field, *compare, value, aliases)
        }
        Filter::Present(field) => match record.fields.get(*field) {
            Some(field) => format!("attribute_exists({})", aliases.name(field.stored)),
            None => constant(aliases, false),
        },
        Filter::All(filters) => join(filters, " AND ", true, aliases),
        Filter::Any(filters) => one_of(record, filters, aliases)
            .unwrap_or_else(|| join(filters, " OR ", false, aliases)),
        Filter::Not(filter) => format!("(NOT {})", expression(record, filter, aliases)),
    }
}

/// Several values of one field, which take less room so.
fn one_of(
    record: &'static RecordSchema,
    filters: &[Filter],
    aliases: &mut Aliases,
) -> Option<String> {
    let [Filter::Compare { field, .. }, _, ..] = filters else {
        return None;
    };
    let stored = record.fields.get(*field)?;
    if matches!(stored.storage, Storage::Document | Storage::Set(_)) {
        return None;
    }
    let operand = |filter: &Filter| match filter {
        Filter::Compare { field: at, compare: Compare::Equal, value } if at == field => {
            value_attribute(stored.storage, value)
        }
        _ => None,
    };
    let operands: Vec<_> = filters.iter().map(operand).collect::<Option<_>>()?;
    let name = aliases.name(stored.stored);
    let values: Vec<_> = operands.into_iter().map(|value| aliases.value("in", value)).collect();
    Some(format!("{name} IN ({})", values.join(", ")))
}

fn compare_field(
    record: &'static RecordSchema,
    field: usize,
    compare: Compare,
    value: &Value<'static>,
    aliases: &mut Aliases,
) -> String {
    let Some(field) = record.fields.get(field) else {
        return constant(aliases, compare == Compare::NotEqual);
    };
    let nested = matches!(field.storage, Storage::Document | Storage::Set(_));
    // An element of a list or set is text; any other operand is of the field's own kind.
    let storage = if nested { Storage::Text } else { field.storage };
    let Some(operand) = value_attribute(storage, value) else {
        return constant(aliases, compare == Compare::NotEqual);
    };
    if storage == Storage::Bool && !matches!(compare, Compare::Equal | Compare::NotEqual) {
        return compare_bool(field.stored, compare, value, aliases);
    }
    let name = aliases.name(field.stored);
    let operator = match compare {
        Compare::Contains | Compare::StartsWith
            if !nested && matches!(&operand, AttributeValue::S(text) if text.is_empty()) =>
        {
            // All text contains the empty one and begins with it.
            return format!("attribute_exists({name})");
        }
        Compare::Contains => {
            return format!("contains({name}, {})", aliases.value("part", operand));
        }
        Compare::StartsWith => {
            return format!("begins_with({name}, {})", aliases.value("part", operand));
        }
        Compare::NotEqual => {
            let operand = aliases.value(field.stored, operand);
            return format!("(attribute_not_exists({name}) OR {name} <> {operand})");
        }
        Compare::Equal => "=",
        Compare::Less => "<",
        Compare::LessOrEqual => "<=",
        Compare::Greater => ">",
        Compare::GreaterOrEqual => ">=",
    };
    format!("{name} {operator} {}", aliases.value(field.stored, operand))
}

/// DynamoDB does not order booleans.
fn compare_bool(
    stored: &str,
    compare: Compare,
    value: &Value<'static>,
    aliases: &mut Aliases,
) -> String {
    let holds = |left: i64| match (compare, value) {
        (Compare::Less, Value::Int(right)) => left < *right,
        (Compare::LessOrEqual, Value::Int(right)) => left <= *right,
        (Compare::Greater, Value::Int(right)) => left > *right,
        (Compare::GreaterOrEqual, Value::Int(right)) => left >= *right,
        _ => false,
    };
    match (holds(0), holds(1)) {
        (false, false) => constant(aliases, false),
        (true, true) => format!("attribute_exists({})", aliases.name(stored)),
        (_, which) => {
            let value = aliases.value(stored, AttributeValue::Bool(which));
            format!("{} = {value}", aliases.name(stored))
        }
    }
}

/// The condition that an item is one of these records and has not expired; `None` where every item of
/// the range is.
pub(super) fn wanted(
    records: &[&'static RecordSchema],
    deleted: bool,
    now: Timestamp,
    aliases: &mut Aliases,
) -> Option<String> {
    if let [record] = records {
        return live_condition(record, aliases, deleted, now);
    }
    let parts: Vec<String> = records
        .iter()
        .map(|record| {
            let name = aliases.name(DynamodbTable::TYPE);
            let value = aliases.value(record.name, AttributeValue::S(record.name.to_owned()));
            match live_condition(record, aliases, deleted, now) {
                Some(live) => format!("({name} = {value} AND {live})"),
                None => format!("{name} = {value}"),
            }
        })
        .collect();
    Some(format!("({})", parts.join(" OR ")))
}
