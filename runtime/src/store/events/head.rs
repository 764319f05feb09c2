//! The head of a stream: the record with its last number, which every append moves.

use std::sync::Arc;

use super::line::{Head, Line};
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
    pub(in crate::store) line: Arc<Line>,
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
        Advance::new(&self.line.key, self.last, self.operations.len())
    }

    /// Takes note of where the head is once they are committed.
    pub(in crate::store) fn committed(&self) {
        let last = self.last.unwrap_or_default() + self.operations.len() as u64;
        self.line.set_head(Head::At(Some(last)));
    }
}

/// The streams that operations append to, each once.
pub(in crate::store) fn group(operations: Vec<(usize, Arc<Line>)>) -> Vec<Appends> {
    let mut streams: Vec<Appends> = Vec::new();
    for (at, line) in operations {
        match streams.iter_mut().find(|stream| stream.line.key == line.key) {
            Some(stream) => stream.operations.push(at),
            None => streams.push(Appends { line, operations: vec![at], last: None }),
        }
    }
    streams
}

/// Numbers the events behind the heads of their streams, which are read where the store does not know them,
/// and at every try but the first.
pub(in crate::store) async fn number(
    source: &Source<'_>,
    streams: &mut [Appends],
    numbers: &mut [Option<u64>],
    tries: u32,
) -> Result<()> {
    for stream in streams {
        let head = if tries == 0 { stream.line.head() } else { Head::Unknown };
        stream.last = stream.line.last(source.core, head).await?;
        // Whatever becomes of the transaction, the head is elsewhere then.
        stream.line.set_head(Head::Unknown);
        for (number, at) in (stream.last.unwrap_or_default() + 1..).zip(&stream.operations) {
            numbers[*at] = Some(number);
        }
    }
    Ok(())
}

pub(in crate::store) fn contended() -> Error {
    Error::new(ErrorKind::Contended, "others append to the stream all the time")
}
