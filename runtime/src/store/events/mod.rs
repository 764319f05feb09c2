//! Streams: records that are only appended, numbered without holes.
//!
//! An append is one transaction: the head of the stream moves by as many numbers as there are events,
//! and each event is stored where none is. So the numbers have no hole, and no event is lost or stored
//! twice.

mod head;
mod line;
mod read;

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

pub(super) use head::{Advance, Appends, contended, group, number, stream_key};
pub use line::MAX_APPEND;
pub(super) use line::{Line, Lines};
pub(super) use read::raise_mark;
pub use read::{ReadEvents, TrimEvents};

use self::line::{Head, Numbered, not_appended};
use super::query::QueryRequest;
use super::reconcile::Unsettled;
use super::system::{SystemKey, SystemValue, read as read_system};
use super::transaction::KEEP;
use super::write::Plan;
use super::{Queryable, Source, Stamps};
use crate::backend::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{Arg, Select, key_row};
use crate::record::{Record, StreamRecord, Table};
use crate::request::{Action, Expect, MAX_TRANSACTION_BYTES, Outcome, Transacted, Write};
use crate::schema::{Path, system};
use crate::value::Row;

/// The key of a stream: that of its records without the number that stands last.
pub struct StreamKey<R> {
    select: Select,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> StreamKey<R> {
    /// A key that waits for its values.
    #[doc(hidden)]
    pub fn build() -> Self {
        Self { select: Select::new(R::SCHEMA, Path::Primary), record: PhantomData }
    }

    /// Adds the value of the next component.
    #[doc(hidden)]
    pub fn with<T>(mut self, value: impl Arg<T>) -> Self {
        self.select.equal(&value);
        self
    }
}

impl<R> Clone for StreamKey<R> {
    fn clone(&self) -> Self {
        Self { select: self.select.clone(), record: PhantomData }
    }
}

/// Shows the shape of the key, not its content.
impl<R: Record> fmt::Debug for StreamKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StreamKey").field(&self.select).finish()
    }
}

/// An append that expected another number to be the last; [`Error::sequence_conflict`] carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SequenceConflict {
    /// The last number as the caller knew it.
    pub expected: u64,
    /// The last number as it is.
    pub actual: u64,
}

/// One stream of a tenant, or a global one.
///
/// Its events are numbered 1, 2, 3, … in the order in which they are appended, without a hole and
/// without a number given twice. They are never changed; the oldest may be trimmed.
///
/// Appends of one stream go one after the other, because each moves the stream's head: those that wait
/// on one [`Store`](super::Store) share a transaction, and several stores retry when they meet. On
/// DynamoDB that is some hundred transactions a second, so an application that appends more has more
/// than one stream.
///
/// ```
/// # use keyloom::{Record, Table, memory::Memory};
/// #[derive(Record, Clone, Debug)]
/// #[record(global, stream, partition = "account#{account}", sort = "entry#{seq}")]
/// struct Entry {
///     account: u32,
///     #[record(sequence)]
///     seq: u64,
///     cents: i64,
/// }
/// # #[derive(Table)]
/// # #[table(name = "ledger", records(Entry))]
/// # struct Ledger;
/// # async fn run() -> keyloom::Result<()> {
/// # let ledger = Ledger::open(Memory::new()).await?.global();
/// let account = ledger.stream(Entry::stream(7));
/// let mut entry = Entry { account: 7, seq: 0, cents: 500 };
/// let number = account.append(&mut entry).await?;
///
/// let entries = account.read_from(1).limit(50).await?;
/// account.append(&mut Entry { account: 7, seq: 0, cents: -20 }).expect(number).await?;
/// account.keep_last(1_000).await?;
/// # Ok(()) }
/// ```
#[must_use = "a stream does nothing until it is appended to or read"]
pub struct EventStream<'s, R> {
    source: Source<'s>,
    key: Result<SystemKey>,
    select: Select,
    query: for<'q> fn(Source<'q>, Select) -> QueryRequest<'q, R>,
}

impl<R: Record> fmt::Debug for EventStream<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("of", &R::SCHEMA.name).finish_non_exhaustive()
    }
}

impl<'s, R: StreamRecord> EventStream<'s, R> {
    pub(super) fn new<T: Table, K>(source: Source<'s>, key: StreamKey<R>) -> Self
    where
        R: Queryable<T, K>,
    {
        let select = key.select;
        let found = select.check().and_then(|()| {
            stream_key(source.core.table, R::SCHEMA, source.tenant()?, select.row())
        });
        Self {
            source,
            key: found,
            select,
            query: |source, select| QueryRequest::new::<T, K>(source, select),
        }
    }

    fn key(&self) -> Result<&SystemKey> {
        self.key.as_ref().map_err(Error::repeated)
    }

    /// Appends an event, and gives it its number; awaited, it is the number.
    pub fn append<'a>(&'a self, event: &'a mut R) -> Append<'a, R> {
        let events = std::slice::from_mut(event);
        Append { stream: self, events, expected: None, once: None }
    }

    /// Appends up to [`MAX_APPEND`] events, all or none of them; awaited, it is the number of the last, which is the
    /// stream's last number where there are no events.
    pub fn append_all<'a>(&'a self, events: &'a mut [R]) -> Append<'a, R> {
        Append { stream: self, events, expected: None, once: None }
    }

    /// Appends an event once: with a key that an event was appended with in the last 24 hours it appends
    /// nothing and answers that event's number, which the struct takes over.
    pub fn append_once<'a>(&'a self, key: impl Into<String>, event: &'a mut R) -> Append<'a, R> {
        let events = std::slice::from_mut(event);
        Append { stream: self, events, expected: None, once: Some((key.into(), KEEP)) }
    }

    /// The number of the last event that was ever appended, trimmed or not; zero before the first.
    pub async fn last_seq(&self) -> Result<u64> {
        let now = self.source.core.clock.now();
        let head = self.key()?.get(&*self.source.core.backend, now).await?;
        Ok(head.and_then(|head| head.number).unwrap_or_default())
    }

    /// The events from this number on, in order; see [`ReadEvents`].
    pub fn read_from(&self, number: u64) -> ReadEvents<'_, 's, R> {
        ReadEvents::new(self, number)
    }

    /// Removes the events up to this number; awaited, it is how many were removed.
    ///
    /// From its first moment no reader of the stream sees them. The events are then removed in steps;
    /// after a crash the next trim goes on.
    pub fn trim_through(&self, number: u64) -> TrimEvents<'_, 's, R> {
        TrimEvents::through(self, number)
    }

    /// Removes all events but so many of the last; as [`trim_through`](Self::trim_through).
    pub fn keep_last(&self, events: u64) -> TrimEvents<'_, 's, R> {
        TrimEvents::keep(self, events)
    }
}

/// An append of one event or several; awaited, it is the number of the last.
#[must_use = "nothing is appended until this is awaited"]
pub struct Append<'a, R> {
    stream: &'a EventStream<'a, R>,
    events: &'a mut [R],
    expected: Option<u64>,
    once: Option<(String, Duration)>,
}

impl<R: Record> fmt::Debug for Append<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Append").field("events", &self.events.len()).finish_non_exhaustive()
    }
}

impl<R: StreamRecord> Append<'_, R> {
    /// Only if this is the stream's last number, zero for one without events; else `Conflict`, and
    /// [`Error::sequence_conflict`] says which is.
    pub fn expect(mut self, last: u64) -> Self {
        self.expected = Some(last);
        self
    }

    /// How long the key of an [`append_once`](EventStream::append_once) is kept.
    pub fn keep_key_for(mut self, keep: Duration) -> Self {
        if let Some((_, kept)) = &mut self.once {
            *kept = keep;
        }
        self
    }

    /// The events as rows, checked, and their size.
    fn rows(&self) -> Result<(Vec<Row>, usize)> {
        let source = &self.stream.source;
        let (tenant, now) = (source.tenant()?, source.core.clock.now());
        let max = R::SCHEMA.sequence.map_or(0, |sequence| sequence.max);
        let mut rows = Vec::with_capacity(self.events.len());
        let mut bytes = 0;
        for event in self.events.iter() {
            let event = event.as_fields();
            // The largest number, whose key is the longest.
            let plan = Plan::new(source, R::SCHEMA, tenant, event, true, Some(max), now)?;
            bytes += plan.bytes;
            let row = Row::of(&plan.stamped, R::SCHEMA.fields.len()).map_err(|(at, invalid)| {
                Error::value(R::SCHEMA.name, R::SCHEMA.fields[at].name, &invalid)
            })?;
            let key = key_row(R::SCHEMA, Path::Primary, &row)?.unwrap_or_default();
            if !key.iter().zip(self.stream.select.row().iter()).all(|(own, given)| own == given) {
                let message = "the event belongs to another stream";
                return Err(Error::new(ErrorKind::InvalidKey, message).with_record(R::SCHEMA.name));
            }
            rows.push(row);
        }
        let most = if self.once.is_some() { MAX_APPEND - 1 } else { MAX_APPEND };
        if rows.len() > most || bytes > MAX_TRANSACTION_BYTES {
            let message = format!(
                "{} events of {bytes} bytes are more than {most} events or {MAX_TRANSACTION_BYTES} bytes",
                rows.len()
            );
            return Err(Error::new(ErrorKind::Limit, message).with_record(R::SCHEMA.name));
        }
        Ok((rows, bytes))
    }

    /// Numbers the callers' structs from `first` on; the last number.
    fn finish(self, rows: &[Row], first: u64) -> u64 {
        let created = R::SCHEMA.roles.created;
        for ((event, row), number) in self.events.iter_mut().zip(rows).zip(first..) {
            let created = created.and_then(|at| match row.get(at) {
                crate::value::Value::Int(micros) => crate::Timestamp::from_micros(micros),
                _ => None,
            });
            let updated = created.or_else(|| Some(self.stream.source.core.clock.now()));
            let revision = crate::Revision::ZERO;
            event.stamp(&Stamps { revision, created, updated, sequence: Some(number) });
        }
        first - 1 + rows.len() as u64
    }
}

impl<'a, R: StreamRecord> IntoFuture for Append<'a, R> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Result<u64>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (rows, bytes) = self.rows()?;
            let stream = self.stream;
            let source = &stream.source;
            let (key, tenant) = (stream.key()?, source.tenant()?);
            if rows.is_empty() && self.expected.is_none() {
                return stream.last_seq().await;
            }
            let line = source.core.lines.of(key.clone(), tenant, source.record, R::SCHEMA);
            if self.expected.is_none() && self.once.is_none() {
                let first = line.append(Arc::clone(source.core), rows.clone(), bytes).await?;
                return Ok(self.finish(&rows, first));
            }
            let apart = Apart { source, line: &line, rows: &rows, expected: self.expected };
            let first = apart.append(self.once.as_ref()).await?;
            Ok(self.finish(&rows, first))
        })
    }
}

/// An append under a condition, which shares its transaction with no other.
struct Apart<'a> {
    source: &'a Source<'a>,
    line: &'a Arc<Line>,
    rows: &'a [Row],
    expected: Option<u64>,
}

/// How often an append under a condition begins again while others append to the stream.
const TRIES: u32 = 256;

impl Apart<'_> {
    /// Appends; the number of the first event.
    async fn append(&self, once: Option<&(String, Duration)>) -> Result<u64> {
        let Self { source, line, rows, expected } = *self;
        let backend = &*source.core.backend;
        let once = match once {
            None => None,
            Some((key, keep)) => {
                let name = format!("{}#{key}", line.key.name());
                let key = SystemKey::new(source.core.table, &line.tenant, system::ONCE, &name)?;
                Some((key, *keep))
            }
        };
        for tries in 0..TRIES {
            let now = source.core.clock.now();
            let is_first = tries == 0 && !rows.is_empty();
            let assumed = if is_first { self.assumed() } else { Head::Unknown };
            let last = line.last(source.core, assumed).await?;
            let first = last.unwrap_or_default() + 1;
            if let Some(expected) = expected.filter(|expected| *expected != first - 1) {
                // A repetition is answered wherever the stream is by now.
                let stored = match &once {
                    Some((key, _)) => key.get(backend, now).await?,
                    None => None,
                };
                return match stored {
                    Some(stored) => Ok(stored.number.unwrap_or_default()),
                    None => Err(conflict(line, expected, first - 1)),
                };
            }
            if rows.is_empty() {
                return Ok(first);
            }
            let advance = Advance::new(&line.key, last, rows.len())?;
            let token = once.as_ref().map(|(key, keep)| {
                let expires = Some(now.saturating_add(*keep));
                let value = SystemValue { number: Some(first), expires, ..SystemValue::default() };
                (key, key.row(value))
            });
            let numbered: Vec<Numbered<'_>> = (first..)
                .zip(rows)
                .map(|(number, row)| Numbered { record: line.record, row, number })
                .collect();
            let token = token.as_ref().map(|(key, row)| key.insert(row, now));
            let tokens = usize::from(token.is_some());
            let mut writes: Vec<Write<'_>> = token.into_iter().collect();
            writes.push(advance.write(&line.key, now));
            writes.extend(numbered.iter().map(|event| {
                let action = Action::Put { fields: event, expect: Expect::Absent };
                Write::new(&line.tenant, line.at, action, now)
            }));
            match backend.transact(&writes).await? {
                Transacted::Committed(_) => {
                    line.set_head(Head::At(Some(first - 1 + rows.len() as u64)));
                    return Ok(first);
                }
                Transacted::Refused { at, outcome: Outcome::Refused { stored } } if at < tokens => {
                    if let Some(mut row) = stored {
                        return Ok(read_system(&mut row)?.number.unwrap_or_default());
                    }
                }
                Transacted::Refused { at, outcome: Outcome::Refused { .. } } if at == tokens => {
                    line.set_head(Head::Unknown);
                    if assumed == Head::Unknown {
                        backend.pause(tries).await;
                    }
                }
                Transacted::Refused { outcome, .. } => return Err(not_appended(outcome)),
                Transacted::Unknown { error, pending } => {
                    return Err(error.with_unsettled(Unsettled::transaction(pending)));
                }
            }
        }
        Err(contended())
    }

    /// Where the head is, as far as that need not be read: where this store left it, or else where it is
    /// expected. The condition of the write judges.
    fn assumed(&self) -> Head {
        match (self.line.head(), self.expected) {
            (Head::At(last), Some(expected)) if last.unwrap_or_default() != expected => {
                Head::Unknown
            }
            (Head::Unknown, Some(expected)) => Head::At((expected > 0).then_some(expected)),
            (head, _) => head,
        }
    }
}

fn conflict(line: &Line, expected: u64, actual: u64) -> Error {
    let message = format!("expected {expected} to be the last number, it is {actual}");
    Error::new(ErrorKind::Conflict, message)
        .with_record(line.record.name)
        .with_sequence_conflict(SequenceConflict { expected, actual })
}
