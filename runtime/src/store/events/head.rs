//! The head of a stream: the record with its last number, which every append moves.

use crate::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{TenantKey, components_text};
use crate::request::{Change, Compare, Filter, Patch, Write};
use crate::schema::{RecordSchema, SYSTEM, TableSchema, system};
use crate::store::Source;
use crate::store::system::{SystemKey, SystemValue};
use crate::value::{Row, Value};

/// Where the head of a record's stream is: the stream is all of its key but the number, which stands
/// last.
pub(in crate::store) fn stream_key(
    table: &TableSchema,
    record: &'static RecordSchema,
    tenant: &TenantKey,
    key: &Row,
) -> Result<SystemKey> {
    let before = record.primary.sort.len().saturating_sub(1);
    let components = [record.primary.partition, &record.primary.sort[..before]].concat();
    let text = components_text(record, &components, &mut key.iter())?;
    SystemKey::new(table, tenant, system::STREAM, &format!("{}#{text}", record.name))
}

/// The move of a head from the number that is expected.
#[derive(Debug)]
pub(in crate::store) struct Advance {
    patch: Patch,
    from: Filter,
    first: Option<Row>,
}

impl Advance {
    /// From `last`, which is `None` for a stream without a head, on by `count`.
    pub(in crate::store) fn new(key: &SystemKey, last: Option<u64>, count: usize) -> Result<Self> {
        let stored = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let from = stored(last.unwrap_or_default());
        let number = last.unwrap_or_default().saturating_add(count as u64);
        let mut patch = Patch::default();
        patch
            .push(system::field::NUMBER, Change::Set, |to| to.int(stored(number)))
            .map_err(|invalid| Error::value(SYSTEM.name, "number", &invalid))?;
        let value = SystemValue { number: Some(number), ..SystemValue::default() };
        Ok(Self {
            patch,
            from: Filter::Compare {
                field: system::field::NUMBER,
                compare: Compare::Equal,
                value: Value::Int(from),
            },
            first: last.is_none().then(|| key.row(value)),
        })
    }

    /// The request; it is refused where the head is elsewhere.
    pub(in crate::store) fn write<'w>(&'w self, key: &'w SystemKey, now: Timestamp) -> Write<'w> {
        match &self.first {
            Some(first) => key.insert(first, now),
            None => key.patch(&self.patch, Some(&self.from), now),
        }
    }
}

/// The appends of one transaction to one stream.
pub(in crate::store) struct Appends {
    pub(in crate::store) key: SystemKey,
    /// The operations that append, by position.
    operations: Vec<usize>,
    last: Option<u64>,
}

impl Appends {
    /// The first operation that appends.
    pub(in crate::store) fn first(&self) -> usize {
        self.operations.first().copied().unwrap_or_default()
    }

    pub(in crate::store) fn advance(&self) -> Result<Advance> {
        Advance::new(&self.key, self.last, self.operations.len())
    }
}

/// The streams that operations append to, each once.
pub(in crate::store) fn group(operations: Vec<(usize, SystemKey)>) -> Vec<Appends> {
    let mut streams: Vec<Appends> = Vec::new();
    for (at, key) in operations {
        match streams.iter_mut().find(|stream| stream.key == key) {
            Some(stream) => stream.operations.push(at),
            None => streams.push(Appends { key, operations: vec![at], last: None }),
        }
    }
    streams
}

/// Reads the heads and numbers the events behind them.
pub(in crate::store) async fn number(
    source: &Source<'_>,
    streams: &mut [Appends],
    numbers: &mut [Option<u64>],
) -> Result<()> {
    for stream in streams {
        let now = source.core.clock.now();
        let head = stream.key.get(&*source.core.backend, now).await?;
        stream.last = head.map(|head| head.number.unwrap_or_default());
        for (number, at) in (stream.last.unwrap_or_default() + 1..).zip(&stream.operations) {
            numbers[*at] = Some(number);
        }
    }
    Ok(())
}

pub(in crate::store) fn contended() -> Error {
    Error::new(ErrorKind::Contended, "others append to the stream all the time")
}
