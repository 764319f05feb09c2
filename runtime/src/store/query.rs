//! Queries: selections, their options, and how they are run.

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::task::Poll;

use super::filter::InvalidOperand;
use super::{Condition, Cursor, QueryStream, Source};
use crate::backend::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{Arg, KeyText, PathArg, Select, check_range, position_row};
use crate::record::{InScope, ListedIn, Record, Table};
use crate::request::{self, Filter, Member, Position, Rows, Visited};
use crate::schema::{Path, Reader};
use crate::value::{FieldSource, Fields};

/// How many records a page holds when no limit is given.
pub const DEFAULT_PAGE: usize = 100;

/// After so many steps of a backend that answers at once, a long query lets other tasks run. A step
/// of SQLite takes about a millisecond.
const STEPS_BEFORE_YIELD: u32 = 10;

/// What [`Scope::query`](super::Scope::query) reads: the path functions that the derives give each
/// record and collection return one.
#[diagnostic::on_unimplemented(
    message = "expected a query, found `{Self}`",
    label = "not a query",
    note = "a query is what `partition` and the index functions of a record return; one record is read by its key with `get`"
)]
pub trait Selection {
    /// The record or collection it returns.
    type Output;

    /// The values selected by.
    #[doc(hidden)]
    fn into_select(self) -> Select;
}

/// A selection on one path of the record `R`; the derives wrap it in a type that knows which
/// component comes next.
#[derive(Clone, Debug)]
pub struct PathQuery<R, At = ()> {
    select: Select,
    types: PhantomData<fn() -> (R, At)>,
}

impl<R: Record, At> PathQuery<R, At> {
    /// A selection of the whole path.
    #[doc(hidden)]
    pub fn new(path: Path) -> Self {
        Self { select: Select::new(R::SCHEMA, path), types: PhantomData }
    }

    /// Adds the value of the next component of the partition.
    #[doc(hidden)]
    pub fn with<T>(mut self, value: impl Arg<T>) -> Self {
        self.select.equal(&value);
        self
    }

    /// Adds the value or the range of the next component of the sort key; `Then` is the position
    /// after it.
    #[doc(hidden)]
    pub fn and<T, M, Then>(mut self, argument: impl PathArg<T, M>) -> PathQuery<R, Then> {
        argument.add_to(&mut self.select);
        PathQuery { select: self.select, types: PhantomData }
    }

    /// The values selected by.
    #[doc(hidden)]
    pub fn into_select(self) -> Select {
        self.select
    }
}

/// Something that a query of the table `T` in the scope `K` can return: a record it lists, or a
/// collection of such records.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be queried through the scope `{K}` of table `{T}`",
    label = "not in this table, or in another scope",
    note = "the table lists its records in `records(…)`; a tenant's records are reached through `store.tenant(&id)`, global ones through `store.global()`"
)]
pub trait Queryable<T, K>: Sized + Send + 'static {
    /// Its records in the order of their sort keys.
    const MEMBERS: &'static [Member];

    /// Reads a record of the member at a position.
    fn read(member: usize, from: &mut Reader<'_>) -> Result<Self>;

    /// The position of its member, and its fields.
    fn member(&self) -> (usize, &dyn Fields);
}

impl<T, K, R> Queryable<T, K> for R
where
    R: Record + InScope<K> + ListedIn<T>,
{
    const MEMBERS: &'static [Member] = &[Member { record: <R as ListedIn<T>>::AT, member: 0 }];

    fn read(_: usize, from: &mut Reader<'_>) -> Result<Self> {
        R::read_fields(from)
    }

    fn member(&self) -> (usize, &dyn Fields) {
        (0, self)
    }
}

/// How to read an `O`: what [`Queryable`] says, without its type parameters.
struct Output<O> {
    members: &'static [Member],
    read: fn(usize, &mut Reader<'_>) -> Result<O>,
    member: fn(&O) -> (usize, &dyn Fields),
}

impl<O> Clone for Output<O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O> Copy for Output<O> {}

/// A query and its options.
///
/// Records come in key order. On DynamoDB an index is read eventually consistently.
///
/// ```
/// # use keyloom::{Record, Table, memory::Memory};
/// # #[derive(Record, Clone, Debug)]
/// # #[record(global, partition = "log#{day}", sort = "{seq}")]
/// # struct Entry { day: u32, seq: u32, text: String }
/// # #[derive(Table)]
/// # #[table(name = "log", records(Entry))]
/// # struct Log;
/// # async fn run() -> keyloom::Result<()> {
/// # let log = Log::open(Memory::new()).await?.global();
/// let latest = log.query(Entry::partition(20)).newest_first().limit(10).all().await?;
/// let some = log.query(Entry::partition(20).seq(5..10)).filter(Entry::TEXT.contains("!")).all().await?;
///
/// let first = log.query(Entry::partition(20)).limit(50).page(None).await?;
/// let second = log.query(Entry::partition(20)).limit(50).page(first.cursor.as_ref()).await?;
/// # Ok(()) }
/// ```
#[must_use = "a query reads nothing until one of its results is awaited"]
pub struct QueryRequest<'s, O> {
    source: Source<'s>,
    output: Output<O>,
    select: Select,
    descending: bool,
    eventual: bool,
    deleted: bool,
    limit: Option<usize>,
    max_read: Option<NonZeroUsize>,
    filter: Result<Option<Filter>, InvalidOperand>,
}

impl<O> std::fmt::Debug for QueryRequest<'_, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueryRequest")
            .field("record", &self.select.record().name)
            .field("path", &self.select.path())
            .finish_non_exhaustive()
    }
}

/// A page of a query's result.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<O> {
    /// The records.
    pub items: Vec<O>,
    /// Where the next page begins, exactly when this one is full; the next one may be empty.
    pub cursor: Option<Cursor>,
}

/// What one step of a query returned.
pub(super) struct Chunk<O> {
    pub(super) items: Vec<O>,
    pub(super) resume: Option<Position>,
}

impl<'s, O: Send + 's> QueryRequest<'s, O> {
    pub(super) fn new<T, K>(source: Source<'s>, select: Select) -> Self
    where
        T: Table,
        O: Queryable<T, K>,
    {
        let output = Output { members: O::MEMBERS, read: O::read, member: O::member };
        Self {
            source,
            output,
            select,
            descending: false,
            eventual: false,
            deleted: false,
            limit: None,
            max_read: None,
            filter: Ok(None),
        }
    }

    /// The last key first.
    pub fn newest_first(mut self) -> Self {
        self.descending = true;
        self
    }

    /// The first key first; the order of a query that says nothing.
    pub fn oldest_first(mut self) -> Self {
        self.descending = false;
        self
    }

    /// Lets DynamoDB answer from a copy that may lag behind, at half the cost.
    ///
    /// A query of a partition is strongly consistent otherwise; one of an index never is, on DynamoDB.
    pub fn eventually_consistent(mut self) -> Self {
        self.eventual = true;
        self
    }

    /// Softly deleted records too.
    pub fn with_deleted(mut self) -> Self {
        self.deleted = true;
        self
    }

    /// At most so many records: exactly so many while there are that many that pass the filter.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Looks at no more than about so many records, whether the filter keeps them or not.
    ///
    /// A page may then be short, or empty, and have a cursor all the same; `all`, `first`, `count` and
    /// `stream` end early then and do not say so, so use it with pages.
    pub fn max_read(mut self, records: usize) -> Self {
        self.max_read = NonZeroUsize::new(records.max(1));
        self
    }

    /// Only records that pass; a second filter is added to the first.
    pub fn filter(mut self, condition: Condition<O>) -> Self {
        self.filter = condition.add_to(self.filter);
        self
    }

    /// All records.
    pub async fn all(self) -> Result<Vec<O>> {
        let limit = self.limit;
        Ok(self.collect(None, limit).await?.items)
    }

    /// The first record.
    pub async fn first(mut self) -> Result<Option<O>> {
        if self.limit != Some(0) {
            self.limit = Some(1);
        }
        Ok(self.all().await?.into_iter().next())
    }

    /// How many records there are, up to the limit if one is given.
    pub async fn count(self) -> Result<usize> {
        struct Nothing;
        impl Rows for Nothing {
            fn row(&mut self, _: usize, _: &mut dyn FieldSource) -> Result<()> {
                Ok(())
            }
        }
        let limit = self.limit;
        Ok(self.run(None, limit, true, &mut Nothing).await?.count)
    }

    /// One page, from the beginning or behind a cursor; awaited, it is the [`Page`].
    ///
    /// A page holds as many records as the limit says, or [`DEFAULT_PAGE`].
    pub fn page(self, after: Option<&Cursor>) -> PageRequest<'s, O> {
        PageRequest { request: self, after: after.cloned() }
    }

    /// The records one after the other, read in steps.
    pub fn stream(self) -> QueryStream<'s, O> {
        QueryStream::new(self)
    }

    pub(super) fn limit_or(&self, default: usize) -> usize {
        self.limit.unwrap_or(default)
    }

    pub(super) fn total_limit(&self) -> Option<usize> {
        self.limit
    }

    /// The place of one record in this query.
    pub(super) fn position(&self, item: &O) -> Result<Position> {
        let (member, fields) = (self.output.member)(item);
        let at = self.output.members.iter().position(|known| known.member == member);
        let at = at.unwrap_or_default();
        let record = self.source.core.table.records[self.output.members[at].record];
        let row = position_row(record, self.select.path(), fields)?;
        let row =
            row.ok_or_else(|| Error::new(ErrorKind::Decode, "the record is not in its index"))?;
        Ok(Position { member: at, row })
    }

    pub(super) async fn collect(
        &self,
        after: Option<Position>,
        limit: Option<usize>,
    ) -> Result<Chunk<O>> {
        let mut collect = Collect {
            items: Vec::new(),
            members: self.output.members,
            read: self.output.read,
            table: self.source.core.table,
        };
        let visited = self.run(after, limit, false, &mut collect).await?;
        Ok(Chunk { items: collect.items, resume: visited.resume })
    }

    /// Runs the query to its end, its limit or its bound on reading, over as many requests as the
    /// backend wants.
    async fn run(
        &self,
        mut after: Option<Position>,
        limit: Option<usize>,
        count_only: bool,
        rows: &mut dyn Rows,
    ) -> Result<Visited> {
        let tenant = self.source.tenant()?;
        self.select.check()?;
        let filter = self.checked_filter()?;
        let mut total = Visited::default();
        if limit == Some(0) || !check_range(&self.select, tenant)? {
            return Ok(total);
        }
        let mut steps = 0_u32;
        loop {
            let query = request::Query {
                tenant,
                members: self.output.members,
                path: self.select.path(),
                equal: self.select.row(),
                range: self.select.selected_range(),
                descending: self.descending,
                limit: limit.and_then(|limit| NonZeroUsize::new(limit - total.count)),
                max_read: self.max_read,
                after: after.as_ref(),
                filter,
                count_only,
                eventual: self.eventual,
                deleted: self.deleted,
                now: self.source.core.clock.now(),
            };
            let visited = self.source.reader.query(&query, rows).await?;
            total.count += visited.count;
            total.resume = visited.resume;
            if total.resume.is_none()
                || self.max_read.is_some()
                || limit.is_some_and(|limit| total.count >= limit)
            {
                return Ok(total);
            }
            after = total.resume.take();
            steps += 1;
            if steps.is_multiple_of(STEPS_BEFORE_YIELD) {
                yield_now().await;
            }
        }
    }

    pub(super) fn cursor(&self, position: &Position) -> Result<Cursor> {
        let member = self.output.members[position.member];
        let record = self.source.core.table.records[member.record];
        Cursor::seal(&self.identity()?, record, self.select.path(), &position.row)
    }

    pub(super) fn open_cursor(&self, cursor: &Cursor) -> Result<Position> {
        let records =
            self.output.members.iter().map(|member| self.source.core.table.records[member.record]);
        let path = self.select.path();
        let (member, row) = cursor.unseal(&self.identity()?, records, path)?;
        let position = Position { member, row };
        self.check_inside(&position)?;
        Ok(position)
    }

    /// A position must lie in the query's own range, or its cursor belongs to another one.
    fn check_inside(&self, position: &Position) -> Result<()> {
        let path = self.select.path();
        let tenant = self.source.tenant()?;
        let foreign = || Error::new(ErrorKind::InvalidCursor, "it lies outside this query");
        let record = self.source.core.table.records[self.output.members[position.member].record];
        let key = KeyText::encode(record, path, tenant, &position.row).map_err(|_| foreign())?;
        let (partition, lower, upper) = crate::key::text_range(&self.select, tenant)?;
        let collection = self.output.members.len() > 1;
        let inside = key.partition == partition
            && (collection || key.sort >= lower && upper.is_none_or(|upper| key.sort < upper));
        if inside { Ok(()) } else { Err(foreign()) }
    }

    /// The filter, unless it compares with a value that no engine holds.
    fn checked_filter(&self) -> Result<Option<&Filter>> {
        self.filter.as_ref().map(Option::as_ref).map_err(|(field, why)| {
            let record = self.select.record();
            let name = record.fields.get(*field).map_or("?", |field| field.name);
            Error::new(ErrorKind::InvalidValue, why.clone())
                .with_record(record.name)
                .with_field(name)
        })
    }

    fn identity(&self) -> Result<super::cursor::Identity<'_>> {
        let filter = self.checked_filter()?;
        Ok(super::cursor::Identity {
            table: self.source.core.table,
            members: self.output.members,
            select: &self.select,
            descending: self.descending,
            filter,
            tenant: self.source.tenant()?,
            seal: &self.source.core.seal,
        })
    }
}

struct Collect<O> {
    items: Vec<O>,
    members: &'static [Member],
    read: fn(usize, &mut Reader<'_>) -> Result<O>,
    table: &'static crate::schema::TableSchema,
}

impl<O: Send> Rows for Collect<O> {
    fn row(&mut self, at: usize, row: &mut dyn FieldSource) -> Result<()> {
        let member = self.members[at];
        let mut reader = Reader::new(self.table.records[member.record], row);
        self.items.push((self.read)(member.member, &mut reader)?);
        Ok(())
    }
}

/// One page; awaited, it is read.
#[must_use = "a page is read when this is awaited"]
pub struct PageRequest<'s, O> {
    request: QueryRequest<'s, O>,
    after: Option<Cursor>,
}

impl<O> std::fmt::Debug for PageRequest<'_, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PageRequest").field("request", &self.request).finish_non_exhaustive()
    }
}

impl<'s, O: Send + 's> IntoFuture for PageRequest<'s, O> {
    type Output = Result<Page<O>>;
    type IntoFuture = BoxFuture<'s, Result<Page<O>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { request, after } = self;
            request.select.check()?;
            let after = after.map(|cursor| request.open_cursor(&cursor)).transpose()?;
            let limit = request.limit_or(DEFAULT_PAGE);
            let step = request.collect(after, Some(limit)).await?;
            let full = step.items.len() == limit && limit > 0;
            let position = match (full, step.items.last()) {
                (true, Some(last)) => Some(request.position(last)?),
                _ => step.resume,
            };
            let cursor = position.map(|position| request.cursor(&position)).transpose()?;
            Ok(Page { items: step.items, cursor })
        })
    }
}

/// Lets other tasks run between two steps of a long operation.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
