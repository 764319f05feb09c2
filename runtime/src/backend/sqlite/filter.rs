//! Filters as SQL conditions that are never `NULL`.
//!
//! The meaning is [`Filter::passes`]: an absent field equals nothing, is unequal to everything, and
//! neither orders nor contains. Called by [`select`](super::select).

use std::borrow::Cow;
use std::fmt::Write as _;

use super::select::Select;
use super::sql::RecordSql;
use crate::request::{Compare, Filter};
use crate::schema::Storage;
use crate::value::Value;

/// Appends the condition.
pub(super) fn write<'q>(select: &mut Select<'q>, record: &RecordSql, filter: &'q Filter) {
    match filter {
        Filter::Compare { field, compare, value } => {
            compare_field(select, record, *field, *compare, value);
        }
        Filter::Present(field) => match record.columns.get(*field) {
            Some(column) => {
                select.push(column);
                select.push(" IS NOT NULL");
            }
            None => select.push("0"),
        },
        Filter::All(filters) => join(select, record, filters, " AND ", "1"),
        Filter::Any(filters) => join(select, record, filters, " OR ", "0"),
        Filter::Not(filter) => {
            select.push("NOT (");
            write(select, record, filter);
            select.push(")");
        }
    }
}

fn join<'q>(
    select: &mut Select<'q>,
    record: &RecordSql,
    filters: &'q [Filter],
    word: &str,
    none: &str,
) {
    if filters.is_empty() {
        return select.push(none);
    }
    for (at, filter) in filters.iter().enumerate() {
        select.push(if at == 0 { "(" } else { word });
        write(select, record, filter);
    }
    select.push(")");
}

fn compare_field<'q>(
    select: &mut Select<'q>,
    record: &RecordSql,
    field: usize,
    compare: Compare,
    value: &'q Value<'static>,
) {
    let (Some(column), Some(schema)) = (record.columns.get(field), record.schema.fields.get(field))
    else {
        return select.push("0");
    };
    let operator = match compare {
        // Nothing equals an absent value, and nothing is before or behind it.
        _ if *value == Value::Null => {
            return select.push(if compare == Compare::NotEqual { "1" } else { "0" });
        }
        Compare::Contains if matches!(schema.storage, Storage::Document | Storage::Set(_)) => {
            return contains_element(select, &record.name, column, value);
        }
        Compare::Contains => return contains(select, column, value),
        Compare::StartsWith => return starts_with(select, column, value),
        Compare::Equal => " IS ",
        Compare::NotEqual => " IS NOT ",
        Compare::Less => " < ",
        Compare::LessOrEqual => " <= ",
        Compare::Greater => " > ",
        Compare::GreaterOrEqual => " >= ",
    };
    let ordering = !matches!(compare, Compare::Equal | Compare::NotEqual);
    if ordering {
        select.push("coalesce(");
    }
    select.push(column);
    select.push(operator);
    select.bind(value.as_ref());
    if ordering {
        select.push(", 0)");
    }
}

/// Text as bytes, because SQLite's text functions end at U+0000 and count characters.
fn bytes<'q>(value: &'q Value<'static>) -> Option<Value<'q>> {
    match value {
        Value::Text(text) => Some(Value::Bytes(Cow::Borrowed(text.as_bytes()))),
        _ => None,
    }
}

fn contains_element<'q>(
    select: &mut Select<'q>,
    table: &str,
    column: &str,
    value: &'q Value<'static>,
) {
    if !matches!(value, Value::Text(_)) {
        return select.push("0");
    }
    // Inside, a bare name would mean a column of `json_each` where it has one of that name. Only the
    // elements of a list have a number for a key, and only a scalar one is an `atom`.
    let _ = write!(
        select.text,
        "CASE WHEN json_valid({table}.{column}) THEN EXISTS (SELECT 1 FROM \
         json_each({table}.{column}) AS _e WHERE _e.type = 'text' AND typeof(_e.key) = 'integer' \
         AND _e.atom = "
    );
    select.bind(value.as_ref());
    select.push(") ELSE 0 END");
}

fn is_empty(value: &Value<'_>) -> bool {
    matches!(value, Value::Text(text) if text.is_empty())
}

/// All text contains the empty one and begins with it, but SQLite's functions answer NULL for a blob
/// without bytes.
fn any_text(select: &mut Select<'_>, column: &str) {
    select.push(column);
    select.push(" IS NOT NULL");
}

fn contains<'q>(select: &mut Select<'q>, column: &str, value: &'q Value<'static>) {
    let Some(part) = bytes(value) else {
        return select.push("0");
    };
    if is_empty(value) {
        return any_text(select, column);
    }
    select.push("coalesce(instr(CAST(");
    select.push(column);
    select.push(" AS BLOB), ");
    select.bind(part);
    select.push(") > 0, 0)");
}

fn starts_with<'q>(select: &mut Select<'q>, column: &str, value: &'q Value<'static>) {
    let Some(part) = bytes(value) else {
        return select.push("0");
    };
    if is_empty(value) {
        return any_text(select, column);
    }
    select.push("coalesce(substr(CAST(");
    select.push(column);
    select.push(" AS BLOB), 1, length(");
    select.bind(part);
    select.push(")) = ");
    select.bind_again();
    select.push(", 0)");
}
