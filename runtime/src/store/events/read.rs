//! Reads of a stream, and the removal of its beginning.

use std::future::IntoFuture;

use super::EventStream;
use crate::backend::BoxFuture;
use crate::error::{Error, Result};
use crate::record::{Record, StreamRecord};
use crate::request::{Change, Compare, Filter, Member, Outcome, Patch};
use crate::schema::{SYSTEM, system};
use crate::store::Source;
use crate::store::partition::remove;
use crate::store::query::DEFAULT_PAGE;
use crate::store::system::{SystemKey, write_one};
use crate::value::{Fields as _, Row, Scalar as _, Value};

/// Events of a stream from a number on; awaited, they are in the order of their numbers, without a hole.
///
/// As many as the limit says, or [`DEFAULT_PAGE`], or fewer where the stream ends. What was trimmed is
/// left out: the first event may have a larger number than was asked for.
#[must_use = "nothing is read until this is awaited"]
pub struct ReadEvents<'a, 's, R> {
    stream: &'a EventStream<'s, R>,
    from: u64,
    limit: usize,
}

impl<'a, 's, R: StreamRecord> ReadEvents<'a, 's, R> {
    pub(super) fn new(stream: &'a EventStream<'s, R>, from: u64) -> Self {
        Self { stream, from, limit: DEFAULT_PAGE }
    }

    /// At most so many events.
    pub fn limit(mut self, events: usize) -> Self {
        self.limit = events;
        self
    }

    /// The events from one number to another that are stored.
    async fn between(&self, from: u64, through: u64) -> Result<Vec<R>> {
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let mut select = self.stream.select.clone();
        select.integers(whole(from), whole(through));
        (self.stream.query)(self.stream.source, select).limit(self.limit).all().await
    }
}

impl<R: Record> std::fmt::Debug for ReadEvents<'_, '_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadEvents").field("of", &R::SCHEMA.name).finish_non_exhaustive()
    }
}

/// How many of the events have the numbers from `from` on, one after the other.
fn run<R: Record>(events: &[R], from: u64) -> Result<usize> {
    let at = R::SCHEMA.sequence.map_or(0, |sequence| sequence.field);
    for (count, (event, expected)) in events.iter().zip(from..).enumerate() {
        let mut row = Row::with_capacity(1);
        let number = event
            .field(at, &mut row)
            .and_then(|()| u64::read(row.get(0)))
            .map_err(|why| Error::decode(R::SCHEMA.name, R::SCHEMA.fields[at].name, &why))?;
        if number != expected {
            return Ok(count);
        }
    }
    Ok(events.len())
}

impl<'a, R: StreamRecord> IntoFuture for ReadEvents<'a, '_, R> {
    type Output = Result<Vec<R>>;
    type IntoFuture = BoxFuture<'a, Result<Vec<R>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let source = &self.stream.source;
            let key = self.stream.key()?;
            let mut again = true;
            loop {
                let now = source.core.clock.now();
                let head = key.get(&*source.core.backend, now).await?.unwrap_or_default();
                let from = self.from.max(head.trimmed.unwrap_or_default() + 1);
                let last = head.number.unwrap_or_default();
                if from > last || self.limit == 0 {
                    return Ok(Vec::new());
                }
                let mut events = self.between(from, last).await?;
                let run = run(&events, from)?;
                let wanted = self.limit.min(usize::try_from(last - from + 1).unwrap_or(usize::MAX));
                // A hole was trimmed meanwhile, or the engine has shown a part of an append.
                if run < wanted && again {
                    again = false;
                    continue;
                }
                events.truncate(run);
                return Ok(events);
            }
        })
    }
}

/// A removal of a stream's beginning; awaited, it is how many events were removed.
#[must_use = "nothing is removed until this is awaited"]
pub struct TrimEvents<'a, 's, R> {
    stream: &'a EventStream<'s, R>,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Through(u64),
    AllBut(u64),
}

impl<'a, 's, R: StreamRecord> TrimEvents<'a, 's, R> {
    pub(super) fn through(stream: &'a EventStream<'s, R>, number: u64) -> Self {
        Self { stream, what: What::Through(number) }
    }

    pub(super) fn keep(stream: &'a EventStream<'s, R>, events: u64) -> Self {
        Self { stream, what: What::AllBut(events) }
    }

    /// Raises the mark below which nothing is read any more, and returns where it is.
    async fn mark(&self) -> Result<u64> {
        let source = &self.stream.source;
        let key = self.stream.key()?;
        let last = self.stream.last_seq().await?;
        let through = match self.what {
            What::Through(number) => number.min(last),
            What::AllBut(events) => last.saturating_sub(events),
        };
        if through > 0 {
            raise_mark(source, key, through).await?;
        }
        Ok(through)
    }
}

/// Raises the mark below which no event of a stream is read any more, unless it is there or higher.
pub(in crate::store) async fn raise_mark(
    source: &Source<'_>,
    key: &SystemKey,
    through: u64,
) -> Result<()> {
    let mark = i64::try_from(through).unwrap_or(i64::MAX);
    let mut patch = Patch::default();
    patch
        .push(system::field::TRIMMED, Change::Set, |to| to.int(mark))
        .map_err(|invalid| Error::value(SYSTEM.name, "trimmed", &invalid))?;
    let field = system::field::TRIMMED;
    let below = Filter::Compare { field, compare: Compare::Less, value: Value::Int(mark) };
    let lower = Filter::Any(vec![Filter::Not(Box::new(Filter::Present(field))), below]);
    let write = key.patch(&patch, Some(&lower), source.core.clock.now());
    match write_one(&*source.core.backend, write).await? {
        Outcome::Failed(error) | Outcome::Unknown { error, .. } => Err(error),
        _ => Ok(()),
    }
}

impl<R: Record> std::fmt::Debug for TrimEvents<'_, '_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrimEvents").field("of", &R::SCHEMA.name).finish_non_exhaustive()
    }
}

impl<'a, R: StreamRecord> IntoFuture for TrimEvents<'a, '_, R> {
    type Output = Result<usize>;
    type IntoFuture = BoxFuture<'a, Result<usize>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let through = self.mark().await?;
            if through == 0 {
                return Ok(0);
            }
            let mut select = self.stream.select.clone();
            select.integers(0, i64::try_from(through).unwrap_or(i64::MAX));
            let source = &self.stream.source;
            let members = [Member { record: source.record, member: 0 }];
            // The mark is raised already.
            Ok(remove(source, &members, &select, false).await?.total())
        })
    }
}
