//! Deletes of whole ranges, in steps that a later call goes on with.

use std::collections::HashMap;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::num::NonZeroUsize;

use super::events::{raise_mark, stream_key};
use super::query::yield_now;
use super::system::SystemKey;
use super::{Collection, Queryable, Source};
use crate::backend::BoxFuture;
use crate::error::{Error, Result};
use crate::key::{Select, check_range, key_row};
use crate::record::Table;
use crate::request::{self, Action, Expect, Member, Outcome, Rows, Write};
use crate::schema::{Path, RecordSchema};
use crate::value::{FieldSource, Row, Scalar as _, Value};

/// How many records one step removes.
const STEP: NonZeroUsize = NonZeroUsize::new(500).unwrap();

/// How many records a delete removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// Of each record type, by name and in the order of their keys.
    pub records: Vec<(&'static str, usize)>,
}

impl Removed {
    /// How many records of all types.
    pub fn total(&self) -> usize {
        self.records.iter().map(|(_, count)| count).sum()
    }
}

/// A delete of a whole partition; awaited, it is what was [`Removed`].
#[must_use = "nothing is deleted until this is awaited"]
pub struct DeletePartition<'s, C> {
    source: Source<'s>,
    members: &'static [Member],
    select: Select,
    collection: PhantomData<fn() -> C>,
}

impl<'s, C: Collection> DeletePartition<'s, C> {
    pub(super) fn new<T: Table, K>(source: Source<'s>, select: Select) -> Self
    where
        C: Queryable<T, K>,
    {
        Self { source, members: C::MEMBERS, select, collection: PhantomData }
    }
}

impl<C: Collection> std::fmt::Debug for DeletePartition<'_, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeletePartition").field("of", &C::SCHEMA.name).finish_non_exhaustive()
    }
}

impl<'s, C: Collection> IntoFuture for DeletePartition<'s, C> {
    type Output = Result<Removed>;
    type IntoFuture = BoxFuture<'s, Result<Removed>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { remove(&self.source, self.members, &self.select, true).await })
    }
}

/// The primary keys of the records that a query finds.
struct Keys<'m> {
    members: &'m [&'static RecordSchema],
    found: Vec<(usize, Row)>,
}

impl Rows for Keys<'_> {
    fn row(&mut self, at: usize, row: &mut dyn FieldSource) -> Result<()> {
        let record = self.members[at];
        // Only the fields of the key are taken out of the engine's row.
        let mut fields = Row::with_capacity(record.fields.len());
        for (position, field) in record.fields.iter().enumerate() {
            let in_key = record.placeholders(Path::Primary).any(|part| part.field == position);
            let value = if in_key { row.value(position) } else { Ok(Value::Null) };
            fields
                .push(&value.map_err(|invalid| Error::decode(record.name, field.name, &invalid))?);
        }
        let key = key_row(record, Path::Primary, &fields)?.unwrap_or_default();
        self.found.push((at, key));
        Ok(())
    }
}

/// Hides the events that are about to be removed: a reader of their streams goes on behind them.
async fn hide_events(
    source: &Source<'_>,
    records: &[&'static RecordSchema],
    found: &[(usize, Row)],
) -> Result<()> {
    let tenant = source.tenant()?;
    let mut marks: HashMap<SystemKey, u64> = HashMap::new();
    for (at, key) in found {
        let record = records[*at];
        if !record.sequence.is_some_and(|sequence| sequence.stream) {
            continue;
        }
        // The number stands last in the key of an event.
        let number = key.get(key.len().saturating_sub(1));
        let number = u64::read(number).map_err(|why| Error::key(record.name, "key", &why))?;
        let stream = stream_key(source.core.table, record, tenant, key)?;
        let mark = marks.entry(stream).or_default();
        *mark = number.max(*mark);
    }
    for (stream, mark) in marks {
        raise_mark(source, &stream, mark).await?;
    }
    Ok(())
}

/// Removes every record that a selection of primary keys finds; events among them are hidden first, if
/// they are not yet.
pub(super) async fn remove(
    source: &Source<'_>,
    members: &[Member],
    select: &Select,
    hide: bool,
) -> Result<Removed> {
    let tenant = source.tenant()?;
    select.check()?;
    let records: Vec<&'static RecordSchema> =
        members.iter().map(|member| source.core.table.records[member.record]).collect();
    let mut removed = Removed { records: records.iter().map(|record| (record.name, 0)).collect() };
    if !check_range(select, tenant)? {
        return Ok(removed);
    }
    let mut after = None;
    loop {
        let now = source.core.clock.now();
        let mut keys = Keys { members: &records, found: Vec::new() };
        let query = request::Query {
            tenant,
            members,
            path: select.path(),
            equal: select.row(),
            range: select.selected_range(),
            descending: false,
            limit: Some(STEP),
            max_read: None,
            after: after.as_ref(),
            filter: None,
            count_only: false,
            eventual: false,
            deleted: true,
            now,
        };
        let visited = source.reader.query(&query, &mut keys).await?;
        // A step that met nothing but what has expired ends before the range does.
        after = visited.resume;
        if keys.found.is_empty() && after.is_none() {
            return Ok(removed);
        }
        if hide {
            hide_events(source, &records, &keys.found).await?;
        }
        let writes: Vec<Write<'_>> = keys
            .found
            .iter()
            .map(|(at, key)| {
                let action = Action::Delete { key, expect: Expect::Anything };
                let write = Write::new(tenant, members[*at].record, action, now);
                Write { deleted: true, ..write }
            })
            .collect();
        for (outcome, (at, _)) in
            source.core.backend.write(&writes).await?.into_iter().zip(&keys.found)
        {
            match outcome {
                Outcome::Applied { .. } => removed.records[*at].1 += 1,
                Outcome::Failed(error) | Outcome::Unknown { error, .. } => return Err(error),
                _ => {}
            }
        }
        yield_now().await;
    }
}
