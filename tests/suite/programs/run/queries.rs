//! Queries, whole and in pages.

use std::fmt::{Debug, Write as _};

use futures_util::TryStreamExt as _;
use keyloom::store::Queryable;
use keyloom::{Cursor, OfTenant, QueryRequest, ReadScope, Result, Selection, starts_with};
use keyloom_conformance::second;

use super::{Owned, told};
use crate::programs::domain::{
    Account, Event, Item, Memo, Paper, Programs, ShelfItem, Slot, Task, Token,
};
use crate::programs::fuzzed::Fuzzed;
use crate::programs::program::{Filter, Query, Run, Select};

/// Where a query is read from.
#[derive(Clone, Copy)]
pub(super) enum Reads<'s> {
    Scope(&'s Owned),
    Snapshot(&'s ReadScope<'s, Programs, OfTenant<Account>>),
}

impl<'s> Reads<'s> {
    fn query<S>(self, selection: S) -> QueryRequest<'s, S::Output>
    where
        S: Selection,
        S::Output: Queryable<Programs, OfTenant<Account>>,
    {
        match self {
            Self::Scope(scope) => scope.query(selection),
            Self::Snapshot(reads) => reads.query(selection),
        }
    }
}

/// A query with its options.
pub(super) struct Ask<'a> {
    pub(super) query: &'a Query,
    pub(super) newest: bool,
    pub(super) filter: Option<&'a Filter>,
    pub(super) deleted: bool,
}

/// A query of one of the types.
enum Request<'s> {
    Task(QueryRequest<'s, Task>),
    Memo(QueryRequest<'s, Memo>),
    Token(QueryRequest<'s, Token>),
    Slot(QueryRequest<'s, Slot>),
    Item(QueryRequest<'s, Item>),
    Paper(QueryRequest<'s, Paper>),
    Event(QueryRequest<'s, Event>),
    Shelf(QueryRequest<'s, ShelfItem>),
}

/// The query of a path whose next component is selected so: with a function that makes its values, or
/// for text, which knows prefixes too.
macro_rules! selected {
    ($reads:ident, $path:expr, $component:ident, $select:expr, $value:expr) => {
        match $select {
            Select::All | Select::StartsWith(_) => $reads.query($path),
            Select::One(one) => $reads.query($path.$component($value(one))),
            Select::Range(low, high) => $reads
                .query($path.$component((low.as_ref().map($value), high.as_ref().map($value)))),
        }
    };
    ($reads:ident, $path:expr, $component:ident, $select:expr) => {
        match $select {
            Select::All => $reads.query($path),
            Select::One(one) => $reads.query($path.$component(one)),
            Select::Range(low, high) => {
                $reads.query($path.$component((low.as_ref(), high.as_ref())))
            }
            Select::StartsWith(prefix) => $reads.query($path.$component(starts_with(prefix))),
        }
    };
}

fn copied<T: Copy>(value: &T) -> T {
    *value
}

impl Ask<'_> {
    fn request<'s>(&self, reads: Reads<'s>) -> Request<'s> {
        match self.query {
            Query::Tasks { list, name, part } => Request::Task(match (name, part) {
                (Select::One(name), Some(part)) => {
                    selected!(reads, Task::partition(list).name(name), part, part, copied)
                }
                _ => selected!(reads, Task::partition(list), name, name),
            }),
            Query::ByState { state, rank } => {
                Request::Task(selected!(reads, Task::by_state(*state), rank, rank, copied))
            }
            Query::ByOwner { owner, due } => Request::Task(selected!(
                reads,
                Task::by_owner(owner),
                due,
                due,
                |due: &i64| second(*due)
            )),
            Query::ByTitle { title } => {
                Request::Task(selected!(reads, Task::by_title(), title, title))
            }
            Query::Memos { list, name } => {
                Request::Memo(selected!(reads, Memo::partition(list), name, name))
            }
            Query::ByColour { list, colour } => {
                Request::Memo(selected!(reads, Memo::by_colour(list), colour, colour))
            }
            Query::Tokens { id } => {
                Request::Token(selected!(reads, Token::partition(), id, id, copied))
            }
            Query::ByCode { code } => Request::Token(reads.query(Token::one_code(code))),
            Query::BySeat { seat, rank } => {
                Request::Token(selected!(reads, Token::one_seat(seat), rank, rank, copied))
            }
            Query::ByExpiry { until } => {
                Request::Token(selected!(reads, Token::by_expiry(), until, until, |until: &i64| {
                    second(*until)
                }))
            }
            Query::Slots { area, row, seat } => {
                let slots = Slot::partition(area.clone());
                Request::Slot(match (row, seat) {
                    (Select::One(row), Some(seat)) => {
                        selected!(reads, slots.row(*row), seat, seat, Option::<String>::clone)
                    }
                    _ => selected!(reads, slots, row, row, copied),
                })
            }
            Query::ByRow { row, wide } => Request::Slot(match (row, wide) {
                (Select::One(row), Some(wide)) => {
                    selected!(reads, Slot::by_row().row(*row), wide, wide, copied)
                }
                _ => selected!(reads, Slot::by_row(), row, row, copied),
            }),
            Query::Items { list } => Request::Item(reads.query(Item::partition(list))),
            Query::ByChange { list, updated } => Request::Task(selected!(
                reads,
                Task::by_change(list),
                updated,
                updated,
                |updated: &i64| second(*updated)
            )),
            Query::Papers { shelf, number } => {
                Request::Paper(selected!(reads, Paper::partition(shelf), number, number, copied))
            }
            Query::ByTopic { topic, copies } => {
                Request::Paper(selected!(reads, Paper::by_topic(topic), copies, copies, copied))
            }
            Query::Events { shelf, line, number } => Request::Event(selected!(
                reads,
                Event::partition(shelf).line(*line),
                number,
                number,
                copied
            )),
            Query::ByKind { kind, at } => {
                Request::Event(selected!(reads, Event::by_kind(kind), at, at, |at: &i64| {
                    second(*at)
                }))
            }
            Query::Shelf { shelf } => Request::Shelf(reads.query(ShelfItem::partition(shelf))),
        }
    }

    fn filtered<'s, R: Fuzzed>(&self, request: QueryRequest<'s, R>) -> QueryRequest<'s, R> {
        match self.filter {
            Some(filter) => request.filter(filter.condition()),
            None => request,
        }
    }

    /// One request of the query, and the cursor of its page.
    async fn step(
        &self,
        reads: Reads<'_>,
        run: Run,
        after: Option<&Cursor>,
    ) -> (String, Option<Cursor>) {
        let how = How { run, newest: self.newest, deleted: self.deleted };
        match self.request(reads) {
            Request::Task(request) => how.one(self.filtered(request), after).await,
            Request::Memo(request) => how.one(self.filtered(request), after).await,
            Request::Token(request) => how.one(self.filtered(request), after).await,
            Request::Slot(request) => how.one(self.filtered(request), after).await,
            Request::Paper(request) => how.one(self.filtered(request), after).await,
            Request::Item(request) => how.one(request, after).await,
            Request::Event(request) => how.one(request, after).await,
            Request::Shelf(request) => how.one(request, after).await,
        }
    }

    pub(super) async fn run(&self, reads: Reads<'_>, run: Run) -> String {
        let Run::MaxRead(..) = run else {
            return self.step(reads, run, None).await.0;
        };
        let mut found = String::new();
        let mut cursor = None;
        for _ in 0..1_000 {
            let (items, next) = self.step(reads, run, cursor.as_ref()).await;
            found.push_str(&items);
            if next.is_none() {
                return found;
            }
            cursor = next;
        }
        format!("a thousand pages and no end after {found}")
    }
}

fn limited<'s, O: Send + 's>(
    request: QueryRequest<'s, O>,
    limit: Option<usize>,
) -> QueryRequest<'s, O> {
    match limit {
        Some(limit) => request.limit(limit),
        None => request,
    }
}

/// How a request is run.
struct How {
    run: Run,
    newest: bool,
    deleted: bool,
}

impl How {
    async fn one<'s, O: Debug + Send + 's>(
        &self,
        request: QueryRequest<'s, O>,
        after: Option<&Cursor>,
    ) -> (String, Option<Cursor>) {
        let run = self.run;
        let request = if self.newest { request.newest_first() } else { request };
        let request = if self.deleted { request.with_deleted() } else { request };
        let page = match run {
            Run::All => return (told(request.all().await), None),
            Run::Limit(limit) => return (told(request.limit(limit).all().await), None),
            Run::Count(limit) => return (told(limited(request, limit).count().await), None),
            Run::First => return (told(request.first().await), None),
            Run::Stream(limit) => {
                let streamed: Result<Vec<O>> = limited(request, limit).stream().try_collect().await;
                return (told(streamed), None);
            }
            Run::Pages(size) => request.limit(size),
            Run::MaxRead(read, limit) => request.max_read(read).limit(limit),
        };
        match page.page(after).await {
            // How the records fall to the pages is the engine's affair under a bound on reading, so these
            // are told without the page around them.
            Ok(page) if matches!(run, Run::MaxRead(..)) => {
                let items: Vec<String> =
                    page.items.iter().map(|item| format!("{item:?}; ")).collect();
                (items.concat(), page.cursor)
            }
            Ok(page) => (format!("{:?}", page.items), page.cursor),
            Err(error) => (told::<()>(Err(error)), None),
        }
    }
}

/// Reads page by page on each engine, which goes on with the cursor of the next one.
pub(super) async fn across(ask: &Ask<'_>, scopes: &[Owned], size: usize) -> Vec<String> {
    let mut told = vec![String::new(); scopes.len()];
    let mut cursors: Vec<Option<Cursor>> = vec![None; scopes.len()];
    for _ in 0..1_000 {
        for (at, scope) in scopes.iter().enumerate() {
            let run = Run::Pages(size);
            let (items, cursor) = ask.step(Reads::Scope(scope), run, cursors[at].as_ref()).await;
            let _ = write!(told[at], "{items} {:?}; ", cursor.as_ref().map(Cursor::as_str));
            cursors[at] = cursor;
        }
        cursors.rotate_left(1);
        if cursors.iter().any(Option::is_none) || told.iter().any(|one| *one != told[0]) {
            return told;
        }
    }
    told[0] += "a thousand pages and no end";
    told
}
