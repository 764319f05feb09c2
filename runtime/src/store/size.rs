//! The limits of a record, by keyloom's own count, which is the same for every engine.

use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyText, TenantKey, check_limits, position_row};
use crate::schema::{Path, RecordSchema};
use crate::value::{Fields, Measure};

/// The largest record in bytes, keys and names included: DynamoDB's item size.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
pub const MAX_RECORD_BYTES: usize = 400 * 1024;

/// What an item carries besides its fields and keys: `_type`, the write counter and the ids of its
/// last four writes, `_ttl`.
const OVERHEAD_BYTES: usize = 160;

/// Checks that every engine can store the record: its values, its keys and its size, which it returns.
pub(crate) fn check_record(
    record: &'static RecordSchema,
    tenant: &TenantKey,
    fields: &dyn Fields,
    max_bytes: Option<usize>,
) -> Result<usize> {
    let mut measure = Measure::default();
    for (at, field) in record.fields.iter().enumerate() {
        measure.bytes += field.stored.len();
        fields
            .field(at, &mut measure)
            .map_err(|invalid| Error::value(record.name, field.name, &invalid))?;
    }
    let mut bytes = measure.bytes + record.name.len() + OVERHEAD_BYTES;
    for path in paths(record) {
        if let Some(row) = position_row(record, path, fields)? {
            check_limits(record, path, tenant, &row)?;
            let key = |text: KeyText| text.partition.len() + text.sort.len() + 16;
            // Key text is only spelled out where its length could matter.
            bytes += match max_bytes {
                Some(max) if bytes + 4096 * (record.indexes.len() + 1) > max => {
                    KeyText::encode(record, path, tenant, &row).map_or(0, key)
                }
                _ => 0,
            };
        }
    }
    match max_bytes {
        Some(max) if bytes > max => Err(Error::new(
            ErrorKind::Limit,
            format!("the record takes {bytes} bytes, more than {max}"),
        )
        .with_record(record.name)),
        _ => Ok(bytes),
    }
}

fn paths(record: &RecordSchema) -> impl Iterator<Item = Path> + use<> {
    std::iter::once(Path::Primary).chain((0..record.indexes.len()).map(Path::Index))
}
