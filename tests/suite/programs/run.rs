//! Runs a program on several engines and compares what each step answers.

use std::fmt::{Debug, Write as _};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use keyloom::store::Queryable;
use keyloom::{
    Condition, Cursor, Error, ManualClock, OfTenant, QueryRequest, ReadScope, Record, Result,
    Revision, Scope, Selection, Store, Table, Timestamp, starts_with,
};
use keyloom_conformance::{Database, block_on};

use super::domain::{
    Account, Any, Fuzzed, Item, Listed, Memo, Programs, Slot, Task, Token, with_record,
};
use super::program::{Filter, Held, Query, Run, Select, Step};

type Owned = Scope<Programs, OfTenant<Account>>;

/// Runs the steps on all engines; the first difference, in words.
pub(super) fn differences(steps: &[Step], engines: &[&dyn Database]) -> Result<(), String> {
    block_on(async {
        let clock = ManualClock::new(Timestamp::default());
        let mut stores = Vec::with_capacity(engines.len());
        for database in engines {
            let store = Programs::open(database.engine()).clock(clock.clone()).await;
            stores.push(store.map_err(|error| format!("the table does not open: {error}"))?);
        }
        for (at, step) in steps.iter().enumerate() {
            if let Step::Advance { seconds } = step {
                clock.advance(Duration::from_secs(seconds.unsigned_abs()));
                continue;
            }
            compare(&format!("step {at}, {step:?}"), step, &stores, engines).await?;
        }
        for step in sweep() {
            compare(&format!("after the last step, {step:?}"), &step, &stores, engines).await?;
        }
        Ok(())
    })
}

/// Runs a step on each engine and compares the answers. A query is asked again as long as an index may
/// lag behind.
async fn compare(
    what: &str,
    step: &Step,
    stores: &[Store<Programs>],
    engines: &[&dyn Database],
) -> Result<(), String> {
    let lag = engines.iter().map(|database| database.index_lag()).max().unwrap_or_default();
    let deadline = Instant::now() + lag;
    loop {
        let answers = answers(step, stores).await;
        if answers.iter().all(|answer| *answer == answers[0]) {
            return Ok(());
        }
        if !matches!(step, Step::Query { .. }) || Instant::now() >= deadline {
            return Err(format!("{what}\n  {}\n", answers.join("\n  ")));
        }
        engines[0].pause(Duration::from_millis(50)).await;
    }
}

/// Queries that return all that a program left behind.
fn sweep() -> Vec<Step> {
    let mut steps = Vec::new();
    for account in ["a", "a#", "a#b", "a%23", "A", "🦀"] {
        let mut queries = vec![
            Query::ByTitle { title: Select::All },
            Query::Tokens { id: Select::All },
            Query::ByExpiry { until: Select::All },
            Query::ByRow { row: Select::All, wide: None },
            Query::Slots { area: None, row: Select::All, seat: None },
        ];
        queries.extend(["", "a", "a#"].map(|list| Query::Items { list: list.to_owned() }));
        steps.extend(queries.into_iter().map(|query| Step::Query {
            scope: Account::from(account),
            query,
            run: Run::All,
            newest: false,
            filter: None,
            in_scope: false,
        }));
    }
    steps
}

/// What a step answers on each engine.
async fn answers(step: &Step, stores: &[Store<Programs>]) -> Vec<String> {
    if let Step::Query { scope, query, run: Run::Pages(size), newest, filter, .. } = step {
        let ask = Ask { query, newest: *newest, filter: filter.as_ref() };
        let scopes: Vec<_> = stores.iter().map(|store| store.tenant(scope)).collect();
        return Box::pin(across(&ask, &scopes, *size)).await;
    }
    let mut answers = Vec::with_capacity(stores.len());
    for store in stores {
        answers.push(Box::pin(answer(step, store)).await);
    }
    answers
}

/// An answer as text: what was found, or the parts of an error that a program decides by.
fn told<T: Debug>(result: Result<T>) -> String {
    match result {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => {
            let told = (error.kind(), error.record(), error.field(), error.constraint());
            let conflicts = [
                conflict::<Task>(&error),
                conflict::<Memo>(&error),
                conflict::<Token>(&error),
                conflict::<Slot>(&error),
            ];
            format!("{told:?}{}", conflicts.concat())
        }
    }
}

fn conflict<R: Record + Debug>(error: &Error) -> String {
    error.conflict::<R>().map(|conflict| format!(" {conflict:?}")).unwrap_or_default()
}

async fn answer(step: &Step, store: &Store<Programs>) -> String {
    match step {
        Step::Write { scope, record, insert, revision } => {
            let scope = store.tenant(scope);
            with_record!(record, record => write(&scope, record.clone(), *insert, *revision).await)
        }
        Step::WriteAll { scope, records, insert, revision } => {
            let scope = store.tenant(scope);
            let mut records = records.clone();
            for record in &mut records {
                hold(&scope, record, *revision).await;
            }
            let outcomes = if *insert {
                scope.insert_all(&mut records).await
            } else {
                scope.save_all(&mut records).await
            };
            let outcomes =
                outcomes.map(|outcomes| outcomes.into_iter().map(told).collect::<Vec<_>>());
            format!("{} {records:?}", told(outcomes))
        }
        Step::UpsertAll { scope, records } => {
            let mut records = records.clone();
            let outcomes = store.tenant(scope).save_all(&mut records).await;
            let outcomes =
                outcomes.map(|outcomes| outcomes.into_iter().map(told).collect::<Vec<_>>());
            format!("{} {records:?}", told(outcomes))
        }
        Step::DeleteKey { scope, record } => {
            let scope = store.tenant(scope);
            with_record!(record, record => told(scope.delete(record.key_of()).await))
        }
        Step::DeleteRecord { scope, record, revision } => {
            let scope = store.tenant(scope);
            with_record!(record, record => {
                let mut record = record.clone();
                hold(&scope, &mut record, *revision).await;
                told(scope.delete(&record).await)
            })
        }
        Step::Get { scope, record } => {
            let scope = store.tenant(scope);
            with_record!(record, record => told(scope.get(record.key_of()).await))
        }
        Step::GetMany { scope, records } => {
            told(store.tenant(scope).get_many(records.iter().map(Fuzzed::key_of)).await)
        }
        Step::Query { scope, query, run, newest, filter, in_scope } => {
            let scope = store.tenant(scope);
            let ask = Ask { query, newest: *newest, filter: filter.as_ref() };
            if *in_scope {
                match scope.read_scope().await {
                    Ok(reads) => ask.run(Reads::Snapshot(&reads), *run).await,
                    Err(error) => told::<()>(Err(error)),
                }
            } else {
                ask.run(Reads::Scope(&scope), *run).await
            }
        }
        Step::Advance { .. } => String::new(),
    }
}

/// Gives the struct the revision that the step wants it to hold.
async fn hold<R: Fuzzed>(scope: &Owned, record: &mut R, held: Held)
where
    Programs: Listed<R>,
{
    let stored = match scope.get(record.key_of()).await {
        Ok(Some(mut stored)) => stored.revision().copied().unwrap_or_default(),
        _ => Revision::ZERO,
    };
    if let Some(revision) = record.revision() {
        *revision = match held {
            Held::Stored => stored,
            Held::Off(by) => Revision::new(stored.get().saturating_add_signed(by)),
            Held::Zero => Revision::ZERO,
        };
    }
}

async fn write<R: Fuzzed>(scope: &Owned, mut record: R, insert: bool, held: Held) -> String
where
    Programs: Listed<R>,
{
    hold(scope, &mut record, held).await;
    let outcome =
        if insert { scope.insert(&mut record).await } else { scope.save(&mut record).await };
    format!("{} {record:?}", told(outcome))
}

/// Where a query is read from.
#[derive(Clone, Copy)]
enum Reads<'s> {
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
struct Ask<'a> {
    query: &'a Query,
    newest: bool,
    filter: Option<&'a Filter>,
}

/// A query of one of the types.
enum Request<'s> {
    Task(QueryRequest<'s, Task>),
    Memo(QueryRequest<'s, Memo>),
    Token(QueryRequest<'s, Token>),
    Slot(QueryRequest<'s, Slot>),
    Item(QueryRequest<'s, Item>),
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

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap_or_default()
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
                |due: &i64| moment(*due)
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
                    moment(*until)
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
        }
    }

    fn filtered<'s, R: Fuzzed>(&self, request: QueryRequest<'s, R>) -> QueryRequest<'s, R> {
        match self.filter {
            Some(filter) => request.filter(condition(filter)),
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
        match self.request(reads) {
            Request::Task(request) => one(self.filtered(request), self.newest, run, after).await,
            Request::Memo(request) => one(self.filtered(request), self.newest, run, after).await,
            Request::Token(request) => one(self.filtered(request), self.newest, run, after).await,
            Request::Slot(request) => one(self.filtered(request), self.newest, run, after).await,
            Request::Item(request) => one(request, self.newest, run, after).await,
        }
    }

    async fn run(&self, reads: Reads<'_>, run: Run) -> String {
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

fn condition<R: Fuzzed>(filter: &Filter) -> Condition<R> {
    match filter {
        Filter::Atom(at, text, number) => R::condition(*at, text, *number),
        Filter::Not(inner) => !condition::<R>(inner),
        Filter::And(a, b) => condition::<R>(a).and(condition(b)),
        Filter::Or(a, b) => condition::<R>(a).or(condition(b)),
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

async fn one<'s, O: Debug + Send + 's>(
    request: QueryRequest<'s, O>,
    newest: bool,
    run: Run,
    after: Option<&Cursor>,
) -> (String, Option<Cursor>) {
    let request = if newest { request.newest_first() } else { request };
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
            let items: Vec<String> = page.items.iter().map(|item| format!("{item:?}; ")).collect();
            (items.concat(), page.cursor)
        }
        Ok(page) => (format!("{:?}", page.items), page.cursor),
        Err(error) => (told::<()>(Err(error)), None),
    }
}

/// Reads page by page on each engine, which goes on with the cursor of the next one.
async fn across(ask: &Ask<'_>, scopes: &[Owned], size: usize) -> Vec<String> {
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
