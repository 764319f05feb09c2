//! Whole keys: from values to text, and back.
//!
//! Key values travel as a [`Row`] with one value for each placeholder of a path, partition first,
//! each in the [`KeyForm`] of its component. An index's position is followed by the values of the
//! primary key, because the stored index sort key ends in them.

use std::borrow::Cow;
use std::fmt;
use std::ops::Bound;

use super::word;
use super::{KeyKind, Select, SelectRange};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Component, KeyForm, Path, Placeholder, RecordSchema};
use crate::value::{Fields, Invalid, Row, Value};

/// The owner of the records that an operation reaches: a tenant, or nobody for global records.
#[derive(Clone, Default, PartialEq)]
pub struct TenantKey {
    value: Option<Value<'static>>,
    text: String,
}

impl TenantKey {
    /// The owner of global records.
    pub const GLOBAL: Self = Self { value: None, text: String::new() };

    /// The tenant with this value.
    pub fn new(kind: KeyKind, value: Value<'static>) -> Result<Self, Invalid> {
        let mut word = String::new();
        let mut text = String::new();
        if let (KeyKind::Text, Value::Text(raw)) = (kind, &value) {
            word::escape_strict(&mut text, raw);
        } else {
            word::encode(&mut word, kind, None, &value)?;
            word::escape_strict(&mut text, &word);
        }
        if text.is_empty() {
            return Err(Invalid::new("a tenant cannot be empty"));
        }
        Ok(Self { value: Some(value), text })
    }

    /// The owner of what keyloom remembers for this one: named by its text, which is empty for global
    /// records.
    pub(crate) fn of_system(&self) -> Self {
        let value = Some(Value::Text(Cow::Owned(self.text.clone())));
        Self { value, text: self.text.clone() }
    }

    /// The tenant's value, as its column holds it; `None` for global records.
    pub fn value(&self) -> Option<&Value<'static>> {
        self.value.as_ref()
    }

    /// The component that begins every partition key of this owner; empty for global records.
    pub fn text(&self) -> &str {
        &self.text
    }
}

// Two owners of one text are one owner.
impl Eq for TenantKey {}

impl std::hash::Hash for TenantKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

/// Does not show who the tenant is.
impl fmt::Debug for TenantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.value.is_some() { "TenantKey(…)" } else { "TenantKey::GLOBAL" })
    }
}

/// A key as text: what a single-table engine stores.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyText {
    /// The partition key, which begins with the tenant.
    pub partition: String,
    /// The sort key.
    pub sort: String,
}

impl KeyText {
    /// The stored key of `path` whose values `row` holds; on an index, those of the index and then
    /// those of the primary key.
    pub fn encode(
        record: &'static RecordSchema,
        path: Path,
        tenant: &TenantKey,
        row: &Row,
    ) -> Result<Self, Invalid> {
        encode_row(record, path, tenant, row)
    }

    /// The stored key of a record on `path`, or `None` where the record is not in that index.
    pub fn of(
        record: &'static RecordSchema,
        path: Path,
        tenant: &TenantKey,
        fields: &dyn Fields,
    ) -> Result<Option<Self>> {
        let Some(row) = position_row(record, path, fields)? else {
            return Ok(None);
        };
        let key = encode_row(record, path, tenant, &row).map_err(|invalid| {
            Error::new(ErrorKind::InvalidKey, invalid.to_string()).with_record(record.name)
        })?;
        Ok(Some(key))
    }

    /// The key of the item that holds the values of a unique index, on an engine that has no unique
    /// indexes: in a partition of its own, which no record's can be, because no component begins with
    /// `$`.
    pub fn guard(
        record: &'static RecordSchema,
        index: usize,
        tenant: &TenantKey,
        values: &Row,
    ) -> Result<Self, Invalid> {
        let path = Path::Index(index);
        let mut partition = String::with_capacity(values.byte_len() + 96);
        for part in [tenant.text(), "$unique", record.name, record.path_name(path)] {
            partition.push_str(part);
            partition.push('#');
        }
        for (at, (placeholder, value)) in record.placeholders(path).zip(values.iter()).enumerate() {
            if at > 0 {
                partition.push('#');
            }
            push_value(&mut partition, record, path, placeholder, &value)?;
        }
        Ok(Self { partition, sort: "$unique".to_owned() })
    }

    /// The values that [`KeyText::encode`] made this key of; `None` where it is no key of that
    /// record, path and tenant, or is not spelled as it would be.
    pub fn decode(
        &self,
        record: &'static RecordSchema,
        path: Path,
        tenant: &TenantKey,
    ) -> Option<Row> {
        let partition = self.partition.strip_prefix(tenant.text())?.strip_prefix('#')?;
        decode_row(record, path, partition, &self.sort)
    }
}

/// A range of one partition's keys: what a single-table engine reads for a query.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyRange {
    /// The partition key.
    pub partition: String,
    /// The sort keys from this one on.
    pub lower: String,
    /// The sort keys below this one; `None` is the end of the partition.
    pub upper: Option<String>,
}

impl KeyRange {
    /// The range of a query's values: `equal` as in [`Query::equal`](crate::engine::Query::equal),
    /// the partition's first, and then at most one range.
    pub fn of(
        record: &'static RecordSchema,
        path: Path,
        tenant: &TenantKey,
        equal: &Row,
        range: Option<&SelectRange>,
    ) -> Result<Self, Invalid> {
        let partition = encode_partition(record, path, tenant, &mut equal.iter())?;
        let (lower, upper) = encode_range(record, path, equal, range)?;
        Ok(Self { partition, lower, upper })
    }

    /// Whether no key lies inside.
    pub fn is_empty(&self) -> bool {
        self.upper.as_ref().is_some_and(|upper| *upper <= self.lower)
    }

    /// Whether the key lies inside.
    pub fn contains(&self, key: &KeyText) -> bool {
        key.partition == self.partition
            && key.sort >= self.lower
            && self.upper.as_ref().is_none_or(|upper| key.sort < *upper)
    }
}

/// Brings the last value of `row` into the form of `placeholder`, and checks that it has a word.
pub(crate) fn settle(
    record: &RecordSchema,
    path: Path,
    placeholder: &Placeholder,
    row: &mut Row,
) -> Result<(), Invalid> {
    let field = &record.fields[placeholder.field];
    let form = record.form(path, placeholder);
    let at = row.len() - 1;
    if form == KeyForm::Field && placeholder.width.is_none() && !field.optional {
        return match field.key {
            // Any text and any bytes have a word, so they need not be looked at.
            Some(KeyKind::Text | KeyKind::Bytes) | None => Ok(()),
            Some(kind) => word::check(kind, &row.get(at)),
        };
    }
    let value = row.get(at);
    if value == Value::Null {
        match path {
            Path::Primary if form != KeyForm::Field => {
                row.pop();
                row.push(&Value::Text(Cow::Borrowed("")));
            }
            _ => {}
        }
        return Ok(());
    }
    let kind = field.key.ok_or_else(|| Invalid::new("the field is no key part"))?;
    let mut text = String::new();
    match (form, &value) {
        (KeyForm::Norm, Value::Text(raw)) => {
            word::escape(&mut text, &word::normalize(raw));
        }
        _ => word::encode(&mut text, kind, placeholder.width, &value)?,
    }
    if text.is_empty() && field.optional {
        return Err(Invalid::new("an empty value inside `Some` has no key of its own"));
    }
    if form != KeyForm::Field {
        row.pop();
        row.push(&Value::Text(Cow::Owned(text)));
    }
    Ok(())
}

/// The key values of a record on one path, or `None` where it is not in that index.
pub(crate) fn key_row(
    record: &'static RecordSchema,
    path: Path,
    fields: &dyn Fields,
) -> Result<Option<Row>> {
    let mut row = Row::with_capacity(4);
    let complete = append_key(record, path, fields, &mut row)?;
    Ok(complete.then_some(row))
}

/// The key values of a record on one path, followed on an index by those of its primary key.
pub(crate) fn position_row(
    record: &'static RecordSchema,
    path: Path,
    fields: &dyn Fields,
) -> Result<Option<Row>> {
    let mut row = Row::with_capacity(6);
    if !append_key(record, path, fields, &mut row)? {
        return Ok(None);
    }
    if path != Path::Primary {
        append_key(record, Path::Primary, fields, &mut row)?;
    }
    Ok(Some(row))
}

/// Appends the key values of a record on one path; false where it is not in that index.
pub(crate) fn append_key(
    record: &'static RecordSchema,
    path: Path,
    fields: &dyn Fields,
    row: &mut Row,
) -> Result<bool> {
    for placeholder in record.placeholders(path) {
        fields
            .field(placeholder.field, row)
            .and_then(|()| settle(record, path, placeholder, row))
            .map_err(|invalid| {
                Error::key(record.name, record.fields[placeholder.field].name, &invalid)
            })?;
        if row.get(row.len() - 1) == Value::Null {
            return Ok(false);
        }
    }
    Ok(true)
}

fn push_component(
    out: &mut String,
    record: &RecordSchema,
    path: Path,
    component: &Component,
    values: &mut dyn Iterator<Item = Value<'_>>,
) -> Result<(), Invalid> {
    out.push_str(component.literal);
    let Some(placeholder) = &component.placeholder else {
        return Ok(());
    };
    let value = values.next().unwrap_or(Value::Null);
    push_value(out, record, path, placeholder, &value)
}

fn push_value(
    out: &mut String,
    record: &RecordSchema,
    path: Path,
    placeholder: &Placeholder,
    value: &Value<'_>,
) -> Result<(), Invalid> {
    if let (KeyForm::Text | KeyForm::Norm, Value::Text(text)) =
        (record.form(path, placeholder), value)
    {
        out.push_str(text);
        return Ok(());
    }
    let kind = record.fields[placeholder.field].key;
    let kind = kind.ok_or_else(|| Invalid::new("the field is no key part"))?;
    word::encode(out, kind, placeholder.width, value)
}

fn push_components(
    out: &mut String,
    record: &RecordSchema,
    path: Path,
    components: &[Component],
    values: &mut dyn Iterator<Item = Value<'_>>,
) -> Result<(), Invalid> {
    for (at, component) in components.iter().enumerate() {
        if at > 0 {
            out.push('#');
        }
        push_component(out, record, path, component, values)?;
    }
    Ok(())
}

/// The text of a template's components for one record, without its tenant.
pub(crate) fn scope_text(
    record: &'static RecordSchema,
    components: &'static [Component],
    fields: &dyn Fields,
) -> Result<String> {
    let mut row = Row::with_capacity(4);
    for placeholder in components.iter().filter_map(|part| part.placeholder.as_ref()) {
        fields
            .field(placeholder.field, &mut row)
            .and_then(|()| settle(record, Path::Primary, placeholder, &mut row))
            .map_err(|invalid| {
                Error::key(record.name, record.fields[placeholder.field].name, &invalid)
            })?;
    }
    components_text(record, components, &mut row.iter())
}

/// The text of a template's components for values in key form.
pub(crate) fn components_text(
    record: &'static RecordSchema,
    components: &[Component],
    values: &mut dyn Iterator<Item = Value<'_>>,
) -> Result<String> {
    let mut text = String::new();
    push_components(&mut text, record, Path::Primary, components, values).map_err(|invalid| {
        Error::new(ErrorKind::InvalidKey, invalid.to_string()).with_record(record.name)
    })?;
    Ok(text)
}

/// The stored key of a whole position.
pub(crate) fn encode_row(
    record: &'static RecordSchema,
    path: Path,
    tenant: &TenantKey,
    row: &Row,
) -> Result<KeyText, Invalid> {
    let mut values = row.iter();
    let partition = encode_partition(record, path, tenant, &mut values)?;
    let mut sort = String::with_capacity(row.byte_len() + 64);
    push_components(&mut sort, record, path, record.layout(path).sort, &mut values)?;
    if path != Path::Primary {
        if !record.layout(path).sort.is_empty() {
            sort.push('#');
        }
        push_components(&mut sort, record, Path::Primary, record.primary.partition, &mut values)?;
        sort.push('#');
        push_components(&mut sort, record, Path::Primary, record.primary.sort, &mut values)?;
    }
    Ok(KeyText { partition, sort })
}

/// The stored partition key, of the first values.
pub(crate) fn encode_partition(
    record: &RecordSchema,
    path: Path,
    tenant: &TenantKey,
    values: &mut dyn Iterator<Item = Value<'_>>,
) -> Result<String, Invalid> {
    let mut out = String::with_capacity(tenant.text().len() + 64);
    out.push_str(tenant.text());
    out.push('#');
    push_components(&mut out, record, path, record.layout(path).partition, values)?;
    Ok(out)
}

/// The range of stored sort keys that a selection covers: from the first text up to, and without,
/// the second; `None` is the end of the partition.
///
/// With `e` the text of the components so far, everything that begins with them is `[e, e$)`, so an
/// included upper bound and an excluded lower one end in `$`.
pub(crate) fn encode_range(
    record: &'static RecordSchema,
    path: Path,
    equal: &Row,
    range: Option<&SelectRange>,
) -> Result<(String, Option<String>), Invalid> {
    let layout = record.layout(path);
    let is_slot = |component: &&Component| component.placeholder.is_some();
    let in_partition = layout.partition.iter().filter(is_slot).count();
    let mut given = equal.len().saturating_sub(in_partition);
    let mut values = equal.iter().skip(in_partition);
    let mut prefix = String::new();
    for (at, component) in layout.sort.iter().enumerate() {
        if at > 0 {
            prefix.push('#');
        }
        match &component.placeholder {
            Some(placeholder) if given == 0 => {
                prefix.push_str(component.literal);
                return encode_bounds(record, path, placeholder, &prefix, range);
            }
            Some(_) => given -= 1,
            None => {}
        }
        push_component(&mut prefix, record, path, component, &mut values)?;
    }
    // Every component is given: the one key, and on an index what the primary key adds to it.
    let end = (!layout.sort.is_empty()).then(|| format!("{prefix}$"));
    Ok((prefix, end))
}

fn encode_bounds(
    record: &RecordSchema,
    path: Path,
    placeholder: &Placeholder,
    prefix: &str,
    range: Option<&SelectRange>,
) -> Result<(String, Option<String>), Invalid> {
    let word = |value: &Value<'_>, end: &str| {
        let mut text = prefix.to_owned();
        push_value(&mut text, record, path, placeholder, value)?;
        text.push_str(end);
        Ok::<_, Invalid>(text)
    };
    Ok(match range {
        None => (prefix.to_owned(), prefix_end(prefix)),
        Some(SelectRange::StartsWith(start)) => {
            let mut lower = prefix.to_owned();
            word::escape(&mut lower, start);
            let upper = prefix_end(&lower);
            (lower, upper)
        }
        Some(SelectRange::Between(lower, upper)) => (
            match lower {
                Bound::Unbounded => prefix.to_owned(),
                Bound::Included(value) => word(value, "")?,
                Bound::Excluded(value) => word(value, "$")?,
            },
            match upper {
                Bound::Unbounded => prefix_end(prefix),
                Bound::Excluded(value) => Some(word(value, "")?),
                Bound::Included(value) => Some(word(value, "$")?),
            },
        ),
    })
}

/// The least text above everything that begins with `prefix`; `None` where there is none.
pub(crate) fn prefix_end(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The character after U+D7FF is U+E000; UTF-8 keeps the order of code points.
        let next =
            if last == '\u{D7FF}' { Some('\u{E000}') } else { char::from_u32(last as u32 + 1) };
        if let Some(next) = next {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// The stored partition key of a selection, and its range of stored sort keys.
pub(crate) fn text_range(
    select: &Select,
    tenant: &TenantKey,
) -> Result<(String, String, Option<String>)> {
    let (record, path) = (select.record(), select.path());
    encode_partition(record, path, tenant, &mut select.row().iter())
        .and_then(|partition| {
            let (lower, upper) = encode_range(record, path, select.row(), select.selected_range())?;
            Ok((partition, lower, upper))
        })
        .map_err(|invalid| {
            Error::new(ErrorKind::InvalidKey, invalid.to_string()).with_record(record.name)
        })
}

/// Reads the values of a position back from its text, the partition without its tenant.
///
/// `None` unless every component is canonical.
pub(crate) fn decode_row(
    record: &'static RecordSchema,
    path: Path,
    partition: &str,
    sort: &str,
) -> Option<Row> {
    let mut row = Row::with_capacity(6);
    let layout = record.layout(path);
    let mut words = partition.split('#');
    decode_components(record, path, layout.partition, &mut words, &mut row)?;
    words.next().is_none().then_some(())?;
    let mut words = sort.split('#');
    decode_components(record, path, layout.sort, &mut words, &mut row)?;
    if path != Path::Primary {
        let primary = &record.primary;
        decode_components(record, Path::Primary, primary.partition, &mut words, &mut row)?;
        decode_components(record, Path::Primary, primary.sort, &mut words, &mut row)?;
    }
    words.next().is_none().then_some(row)
}

fn decode_components<'a>(
    record: &RecordSchema,
    path: Path,
    components: &[Component],
    words: &mut impl Iterator<Item = &'a str>,
    row: &mut Row,
) -> Option<()> {
    for component in components {
        let word = words.next()?.strip_prefix(component.literal)?;
        let Some(placeholder) = &component.placeholder else {
            word.is_empty().then_some(())?;
            continue;
        };
        let field = &record.fields[placeholder.field];
        let absent = word.is_empty() && field.optional;
        let value = match record.form(path, placeholder) {
            // A record with an absent field is not in an index.
            _ if absent && path != Path::Primary => return None,
            _ if absent => Value::Text(Cow::Borrowed(word)),
            KeyForm::Field => word::decode(word, field.key?, placeholder.width)?,
            KeyForm::Text => {
                word::decode(word, field.key?, placeholder.width)?;
                Value::Text(Cow::Borrowed(word))
            }
            KeyForm::Norm => {
                let Value::Text(text) = word::decode(word, KeyKind::Text, None)? else {
                    return None;
                };
                (word::normalize(&text) == text).then_some(())?;
                Value::Text(Cow::Borrowed(word))
            }
        };
        row.push(&value);
    }
    Some(())
}
