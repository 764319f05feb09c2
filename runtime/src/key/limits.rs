//! The limits of a key, which are DynamoDB's and which every engine keeps.
//!
//! Called by the store before any request is built.

use super::text::text_range;
use super::{KeyText, Select, TenantKey};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Component, Path, RecordSchema};
use crate::value::{Row, Value};

/// DynamoDB's limit of a partition key, in bytes, which every engine keeps.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
pub const MAX_PARTITION_BYTES: usize = 2048;
/// DynamoDB's limit of a sort key, in bytes, which every engine keeps.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
pub const MAX_SORT_BYTES: usize = 1024;

/// Checks a selection's values against the limits of a key; whether its range holds anything.
pub(crate) fn check_range(select: &Select, tenant: &TenantKey) -> Result<bool> {
    let (partition, lower, upper) = text_range(select, tenant)?;
    let bounds = [lower.len(), upper.as_ref().map_or(0, String::len)];
    let (record, path) = (select.record(), select.path());
    let invalid = |part: Part, why: String| {
        let ranged = match (part, select.selected_range()) {
            (Part::Sort, Some(_)) => record.placeholders(path).nth(select.row().len()),
            _ => None,
        };
        let field = match ranged {
            Some(placeholder) => Some(record.fields[placeholder.field].name),
            None => longest_field(record, path, part, select.row()),
        };
        let error = Error::new(ErrorKind::InvalidKey, why).with_record(record.name);
        match field {
            Some(field) => error.with_field(field),
            None => error,
        }
    };
    if partition.len() > MAX_PARTITION_BYTES {
        let length = partition.len();
        let why =
            format!("the partition key takes {length} bytes, more than {MAX_PARTITION_BYTES}");
        return Err(invalid(Part::Partition, why));
    }
    if bounds.into_iter().any(|length| length > MAX_SORT_BYTES + 1) {
        let why = format!("a bound of the sort key takes more than {MAX_SORT_BYTES} bytes");
        return Err(invalid(Part::Sort, why));
    }
    Ok(upper.is_none_or(|upper| lower < upper))
}

/// Checks a position against the limits of a stored key: not empty, not too long.
pub(crate) fn check_limits(
    record: &'static RecordSchema,
    path: Path,
    tenant: &TenantKey,
    row: &Row,
) -> Result<()> {
    let layout = record.layout(path);
    let alone = |components: &[Component]| {
        matches!(components, [Component { literal: "", placeholder: Some(_) }])
    };
    // Each byte of text is at most three in a key, each number or time at most 41, each literal as
    // long as it is; where that fits, the exact length need not be known.
    let most = row.byte_len() * 3 + row.len() * 41 + literals(record, path) + tenant.text().len();
    let most = most + record.name.len() + GUARD_BYTES;
    if most <= MAX_SORT_BYTES && !alone(layout.partition) && !alone(layout.sort) {
        return Ok(());
    }
    let invalid = |part: Part, why: String| {
        let error = Error::new(ErrorKind::InvalidKey, why).with_record(record.name);
        let error = match path {
            Path::Primary => error,
            Path::Index(at) => error.with_constraint(record.indexes[at].name),
        };
        match longest_field(record, path, part, row) {
            Some(field) => error.with_field(field),
            None => error,
        }
    };
    let key = KeyText::encode(record, path, tenant, row)
        .map_err(|invalid| Error::new(ErrorKind::InvalidKey, invalid.to_string()))?;
    let name = match path {
        Path::Primary => String::new(),
        Path::Index(at) => format!(" of index `{}`", record.indexes[at].name),
    };
    if key.partition.len() == tenant.text().len() + 1 {
        let why = format!("the partition key{name} would be empty");
        return Err(invalid(Part::Partition, why));
    }
    if key.sort.is_empty() {
        return Err(invalid(Part::Sort, format!("the sort key{name} would be empty")));
    }
    for (part, word, length, limit) in [
        (Part::Partition, "partition", key.partition.len(), MAX_PARTITION_BYTES),
        (Part::Sort, "sort", key.sort.len(), MAX_SORT_BYTES),
    ] {
        if length > limit {
            let why = format!("the {word} key{name} takes {length} bytes, more than {limit}");
            return Err(invalid(part, why));
        }
    }
    let Path::Index(index) = path else {
        return Ok(());
    };
    if record.indexes[index].unique {
        let guard = KeyText::guard(record, index, tenant, row)
            .map_err(|invalid| Error::new(ErrorKind::InvalidKey, invalid.to_string()))?;
        let length = guard.partition.len();
        if length > MAX_PARTITION_BYTES {
            let why = format!(
                "the values of unique index `{}` take {length} bytes, more than {MAX_PARTITION_BYTES}",
                record.indexes[index].name
            );
            return Err(invalid(Part::Partition, why));
        }
    }
    Ok(())
}

/// What the key of a guard has besides tenant, values and the names of record and index: where nothing
/// is near a limit, it need not be spelled out.
const GUARD_BYTES: usize = 64;

/// The two parts of a stored key.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Partition,
    Sort,
}

fn literals(record: &RecordSchema, path: Path) -> usize {
    let length = |components: &[Component]| -> usize {
        components.iter().map(|component| component.literal.len() + 1).sum()
    };
    let layout = record.layout(path);
    let own = length(layout.partition) + length(layout.sort);
    match path {
        Path::Primary => own,
        Path::Index(_) => own + length(record.primary.partition) + length(record.primary.sort),
    }
}

/// The field that makes a part of a key long, to be named in the error.
fn longest_field(
    record: &'static RecordSchema,
    path: Path,
    part: Part,
    row: &Row,
) -> Option<&'static str> {
    let primary = (path != Path::Primary).then(|| record.placeholders(Path::Primary));
    let in_partition = record.layout(path).partition.iter();
    let in_partition = in_partition.filter(|component| component.placeholder.is_some()).count();
    record
        .placeholders(path)
        .chain(primary.into_iter().flatten())
        .zip(row.iter())
        .enumerate()
        .filter(|(at, _)| (*at < in_partition) == (part == Part::Partition))
        .map(|(_, pair)| pair)
        .max_by_key(|(_, value)| match value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            _ => 1,
        })
        .map(|(placeholder, _)| record.fields[placeholder.field].name)
}
