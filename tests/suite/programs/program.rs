//! The steps of a random program, and how they are drawn.

use std::ops::Bound;

use keyloom::{Revision, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::domain::{Account, Any, Memo, Slot, State, Task, Token};

/// A program; its `Debug` form is one line a step.
#[derive(Clone)]
pub(super) struct Program(pub(super) Vec<Step>);

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            write!(f, "\n  {at}: {step:?}")?;
        }
        Ok(())
    }
}

/// One step, by the tenant whose scope it goes through.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Write {
        scope: Account,
        record: Any,
        insert: bool,
        revision: Held,
    },
    WriteAll {
        scope: Account,
        records: Vec<Task>,
        insert: bool,
        revision: Held,
    },
    UpsertAll {
        scope: Account,
        records: Vec<Memo>,
    },
    DeleteKey {
        scope: Account,
        record: Any,
    },
    DeleteRecord {
        scope: Account,
        record: Any,
        revision: Held,
    },
    Get {
        scope: Account,
        record: Any,
    },
    GetMany {
        scope: Account,
        records: Vec<Task>,
    },
    Query {
        scope: Account,
        query: Query,
        run: Run,
        newest: bool,
        filter: Option<Filter>,
        in_scope: bool,
    },
    Advance {
        seconds: i64,
    },
}

/// The revision that a struct holds when it is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Held {
    /// The stored one, or zero.
    Stored,
    /// The stored one and so many more.
    Off(i64),
    Zero,
}

/// The path, and what is selected on it.
#[derive(Clone, Debug)]
pub(super) enum Query {
    Tasks { list: String, name: Select<String>, part: Option<Select<i8>> },
    ByState { state: State, rank: Select<i32> },
    ByOwner { owner: String, due: Select<i64> },
    ByTitle { title: Select<String> },
    Memos { list: String, name: Select<String> },
    ByColour { list: String, colour: Select<String> },
    Tokens { id: Select<u32> },
    ByCode { code: String },
    BySeat { seat: String, rank: Select<u8> },
    ByExpiry { until: Select<i64> },
    Slots { area: Option<String>, row: Select<Option<i8>>, seat: Option<Select<Option<String>>> },
    ByRow { row: Select<i8>, wide: Option<Select<u128>> },
    Items { list: String },
}

/// What is selected of one component.
#[derive(Clone, Debug)]
pub(super) enum Select<T> {
    All,
    One(T),
    Range(Bound<T>, Bound<T>),
    /// Text only; elsewhere it is everything.
    StartsWith(String),
}

/// How the query is run.
#[derive(Clone, Copy, Debug)]
pub(super) enum Run {
    All,
    Limit(usize),
    Count(Option<usize>),
    First,
    Stream(Option<usize>),
    /// Every page, each continued on the other engine.
    Pages(usize),
    /// Every page under a bound on reading; only their records are compared.
    MaxRead(usize, usize),
}

#[derive(Clone, Debug)]
pub(super) enum Filter {
    Atom(u8, String, i64),
    Not(Box<Filter>),
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
}

/// Text that a careless key would confuse, mostly from a small pool so that programs meet again.
fn text() -> BoxedStrategy<String> {
    const POOL: [&str; 18] = [
        "", "a", "a#", "a#b", "a%23b", "a%", "A", " a", "a ", "aa", "a\0", "ab", "b", "ä", "Ä",
        "a$", "🦀", "ß",
    ];
    prop_oneof![
        8 => Just("a".to_owned()),
        2 => Just("a#".to_owned()),
        2 => Just(String::new()),
        7 => select(&POOL[..]).prop_map(str::to_owned),
        1 => ".{0,4}",
    ]
    .boxed()
}

fn account() -> impl Strategy<Value = Account> {
    const POOL: [&str; 6] = ["a", "a#", "a#b", "a%23", "A", "🦀"];
    prop_oneof![
        6 => Just("a"),
        6 => select(&POOL[..]),
        1 => Just(""),
    ]
    .prop_map(Account::from)
}

fn moment() -> impl Strategy<Value = Timestamp> {
    seconds().prop_map(|seconds| Timestamp::from_micros(seconds * 1_000_000).unwrap_or_default())
}

/// The clock begins at zero and moves a few seconds at a time.
fn seconds() -> impl Strategy<Value = i64> {
    -5_i64..40
}

fn rank() -> impl Strategy<Value = i32> {
    prop_oneof![8 => -3_i32..12, 1 => any::<i32>()]
}

fn wide() -> impl Strategy<Value = u128> {
    prop_oneof![4 => 0_u128..12, 1 => any::<u128>()]
}

fn part() -> impl Strategy<Value = i8> {
    prop_oneof![2 => Just(0), 1 => -2_i8..3]
}

prop_compose! {
    fn any_task()(
        account in account(),
        (list, name) in (text(), text()),
        part in part(),
        state in select(&[State::Open, State::Done][..]),
        rank in rank(),
        owner in option::of(text()),
        due in option::of(moment()),
        title in text(),
        tags in vec(text(), 0..3),
        weight in option::of((-4_i32..4).prop_map(|weight| f64::from(weight) / 2.0)),
    ) -> Task {
        Task {
            account, list, name, part, state, rank, owner, due, title, tags, weight,
            revision: Revision::ZERO,
            created: Timestamp::MIN,
            updated: Timestamp::MIN,
        }
    }
}

prop_compose! {
    fn any_memo()(
        account in account(),
        (list, name) in (text(), text()),
        colour in option::of(text()),
        text in option::of(text()),
    ) -> Memo {
        Memo { account, list, name, colour, text, created: Timestamp::MIN, updated: Timestamp::MIN }
    }
}

prop_compose! {
    fn any_token()(
        account in account(),
        id in 0_u32..6,
        code in option::of(text()),
        seat in text(),
        rank in 0_u8..3,
        memo in option::of(text()),
        until in option::of(moment()),
    ) -> Token {
        let (revision, created) = (Revision::ZERO, Timestamp::MIN);
        Token { account, id, code, seat, rank, memo, until, revision, created }
    }
}

prop_compose! {
    fn any_slot()(
        account in account(),
        area in option::of(text()),
        row in option::of(part()),
        seat in option::of(text()),
        wide in wide(),
        memo in option::of(text()),
        until in option::of(moment()),
    ) -> Slot {
        Slot { account, area, row, seat, wide, memo, until, created: Timestamp::MIN }
    }
}

// The types of strategies are as large as what they draw in all its forms, so each is boxed: a test
// thread has a small stack.

fn task() -> BoxedStrategy<Task> {
    any_task().boxed()
}

fn memo() -> BoxedStrategy<Memo> {
    any_memo().boxed()
}

fn record() -> BoxedStrategy<Any> {
    prop_oneof![
        3 => any_task().prop_map(Any::Task).boxed(),
        2 => any_memo().prop_map(Any::Memo).boxed(),
        3 => any_token().prop_map(Any::Token).boxed(),
        2 => any_slot().prop_map(Any::Slot).boxed(),
    ]
    .boxed()
}

fn held() -> impl Strategy<Value = Held> {
    prop_oneof![6 => Just(Held::Stored), 2 => (-2_i64..3).prop_map(Held::Off), 2 => Just(Held::Zero)]
}

/// The scope is the record's own tenant's, except now and then.
fn scoped() -> BoxedStrategy<(Account, Any)> {
    (record(), option::weighted(0.05, account()))
        .prop_map(|(record, other)| (other.unwrap_or_else(|| owner(&record)), record))
        .boxed()
}

fn owner(record: &Any) -> Account {
    match record {
        Any::Task(task) => task.account.clone(),
        Any::Memo(memo) => memo.account.clone(),
        Any::Token(token) => token.account.clone(),
        Any::Slot(slot) => slot.account.clone(),
    }
}

fn some_select<T: Clone + std::fmt::Debug + 'static>(
    value: impl Strategy<Value = T> + Clone + 'static,
) -> BoxedStrategy<Select<T>> {
    let bound = |value: BoxedStrategy<T>| {
        prop_oneof![
            2 => value.clone().prop_map(Bound::Included),
            2 => value.prop_map(Bound::Excluded),
            1 => Just(Bound::Unbounded),
        ]
    };
    let value = value.boxed();
    prop_oneof![
        3 => Just(Select::All),
        2 => value.clone().prop_map(Select::One),
        4 => (bound(value.clone()), bound(value)).prop_map(|(low, high)| Select::Range(low, high)),
        1 => text().prop_map(Select::StartsWith),
    ]
    .boxed()
}

fn query() -> BoxedStrategy<Query> {
    let part = some_select((-2_i8..3).boxed());
    let row = some_select(option::of(-2_i8..3).boxed());
    let seat = some_select(option::of(text()).boxed());
    prop_oneof![
        2 => (text(), some_select(text()), option::of(part))
            .prop_map(|(list, name, part)| Query::Tasks { list, name, part }).boxed(),
        2 => (select(&[State::Open, State::Done][..]), some_select(rank().boxed()))
            .prop_map(|(state, rank)| Query::ByState { state, rank }).boxed(),
        2 => (text(), some_select(seconds().boxed()))
            .prop_map(|(owner, due)| Query::ByOwner { owner, due }).boxed(),
        1 => some_select(text()).prop_map(|title| Query::ByTitle { title }).boxed(),
        1 => (text(), some_select(text())).prop_map(|(list, name)| Query::Memos { list, name }).boxed(),
        1 => (text(), some_select(text()))
            .prop_map(|(list, colour)| Query::ByColour { list, colour }).boxed(),
        1 => some_select((0_u32..6).boxed()).prop_map(|id| Query::Tokens { id }).boxed(),
        1 => text().prop_map(|code| Query::ByCode { code }).boxed(),
        1 => (text(), some_select((0_u8..3).boxed()))
            .prop_map(|(seat, rank)| Query::BySeat { seat, rank }).boxed(),
        1 => some_select(seconds().boxed()).prop_map(|until| Query::ByExpiry { until }).boxed(),
        2 => (option::of(text()), row, option::of(seat))
            .prop_map(|(area, row, seat)| Query::Slots { area, row, seat }).boxed(),
        1 => (some_select((-2_i8..3).boxed()), option::of(some_select(wide().boxed())))
            .prop_map(|(row, wide)| Query::ByRow { row, wide }).boxed(),
        3 => text().prop_map(|list| Query::Items { list }),
    ]
    .boxed()
}

fn run() -> impl Strategy<Value = Run> {
    prop_oneof![
        3 => Just(Run::All),
        1 => (0_usize..5).prop_map(Run::Limit),
        1 => option::of(0_usize..5).prop_map(Run::Count),
        1 => Just(Run::First),
        1 => option::of(0_usize..5).prop_map(Run::Stream),
        4 => (1_usize..4).prop_map(Run::Pages),
        1 => (1_usize..4, 1_usize..4).prop_map(|(read, limit)| Run::MaxRead(read, limit)),
    ]
}

fn filter() -> BoxedStrategy<Filter> {
    let atom = (any::<u8>(), text(), seconds())
        .prop_map(|(at, text, number)| Filter::Atom(at, text, number));
    atom.prop_recursive(3, 6, 2, |inner| {
        let pair = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        prop_oneof![
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
            pair.clone().prop_map(|(a, b)| Filter::And(a, b)),
            pair.prop_map(|(a, b)| Filter::Or(a, b)),
        ]
    })
    .boxed()
}

fn step() -> BoxedStrategy<Step> {
    let tasks = || {
        (account(), vec(task(), 0..5)).prop_map(|(scope, mut tasks)| {
            for task in &mut tasks {
                task.account = scope.clone();
            }
            (scope, tasks)
        })
    };
    let memos = (account(), vec(memo(), 0..5)).prop_map(|(scope, mut records)| {
        for memo in &mut records {
            memo.account = scope.clone();
        }
        Step::UpsertAll { scope, records }
    });
    prop_oneof![
        18 => (scoped(), any::<bool>(), held()).prop_map(|((scope, record), insert, revision)| {
            Step::Write { scope, record, insert, revision }
        }).boxed(),
        3 => (tasks(), any::<bool>(), held()).prop_map(|((scope, records), insert, revision)| {
            Step::WriteAll { scope, records, insert, revision }
        }).boxed(),
        1 => memos.boxed(),
        2 => scoped().prop_map(|(scope, record)| Step::DeleteKey { scope, record }).boxed(),
        3 => (scoped(), held()).prop_map(|((scope, record), revision)| {
            Step::DeleteRecord { scope, record, revision }
        }).boxed(),
        2 => scoped().prop_map(|(scope, record)| Step::Get { scope, record }).boxed(),
        1 => tasks().prop_map(|(scope, records)| Step::GetMany { scope, records }).boxed(),
        12 => (account(), query(), run(), any::<bool>(), option::weighted(0.3, filter()), any::<bool>())
            .prop_map(|(scope, query, run, newest, filter, in_scope)| {
                Step::Query { scope, query, run, newest, filter, in_scope }
            }).boxed(),
        3 => (0_i64..8).prop_map(|seconds| Step::Advance { seconds }).boxed(),
    ]
    .boxed()
}

/// Programs of some 40 steps, most of which aim at what an earlier one wrote.
pub(super) fn programs() -> impl Strategy<Value = Program> {
    vec((step(), option::weighted(0.7, any::<usize>())), 1..80).prop_map(|drawn| {
        let mut written: Vec<Any> = Vec::new();
        let mut steps = Vec::with_capacity(drawn.len());
        for (mut step, aim) in drawn {
            if let (Some(aim), false) = (aim, written.is_empty()) {
                aim_at(&mut step, &written[aim % written.len()]);
            }
            match &step {
                Step::Write { record, .. } => written.push(record.clone()),
                Step::WriteAll { records, .. } => {
                    written.extend(records.iter().cloned().map(Any::Task));
                }
                _ => {}
            }
            steps.push(step);
        }
        Program(steps)
    })
}

/// Makes a step concern an earlier record: the same key with other values, or the same record.
fn aim_at(step: &mut Step, earlier: &Any) {
    match step {
        Step::Write { scope, record, .. }
        | Step::DeleteKey { scope, record }
        | Step::DeleteRecord { scope, record, .. }
        | Step::Get { scope, record } => {
            *scope = owner(earlier);
            match (record, earlier) {
                (Any::Task(task), Any::Task(earlier)) => same_key(task, earlier),
                (Any::Memo(memo), Any::Memo(earlier)) => {
                    (memo.account, memo.list, memo.name) =
                        (earlier.account.clone(), earlier.list.clone(), earlier.name.clone());
                }
                (Any::Token(token), Any::Token(earlier)) => {
                    (token.account, token.id) = (earlier.account.clone(), earlier.id);
                }
                (Any::Slot(slot), Any::Slot(earlier)) => {
                    slot.account = earlier.account.clone();
                    (slot.area, slot.row, slot.seat) =
                        (earlier.area.clone(), earlier.row, earlier.seat.clone());
                }
                (record, earlier) => *record = earlier.clone(),
            }
        }
        Step::WriteAll { scope, records, .. } | Step::GetMany { scope, records } => {
            *scope = owner(earlier);
            for task in records.iter_mut() {
                task.account = scope.clone();
            }
            if let (Some(first), Any::Task(earlier)) = (records.first_mut(), earlier) {
                same_key(first, earlier);
            }
        }
        Step::UpsertAll { scope, records } => {
            *scope = owner(earlier);
            for memo in records.iter_mut() {
                memo.account = scope.clone();
            }
            if let (Some(first), Any::Memo(earlier)) = (records.first_mut(), earlier) {
                (first.list, first.name) = (earlier.list.clone(), earlier.name.clone());
            }
        }
        Step::Query { scope, query, .. } => {
            *scope = owner(earlier);
            aim_query(query, earlier);
        }
        Step::Advance { .. } => {}
    }
}

fn same_key(task: &mut Task, earlier: &Task) {
    task.account = earlier.account.clone();
    task.list.clone_from(&earlier.list);
    task.name.clone_from(&earlier.name);
    task.part = earlier.part;
}

/// Makes a query read the partition of an earlier record.
fn aim_query(query: &mut Query, earlier: &Any) {
    match (query, earlier) {
        (Query::Tasks { list, .. } | Query::Items { list }, Any::Task(task)) => {
            list.clone_from(&task.list);
        }
        (Query::ByState { state, .. }, Any::Task(task)) => *state = task.state,
        (Query::ByOwner { owner, .. }, Any::Task(task)) => {
            owner.clone_from(task.owner.as_ref().unwrap_or(&task.title));
        }
        (
            Query::Memos { list, .. } | Query::ByColour { list, .. } | Query::Items { list },
            Any::Memo(memo),
        ) => list.clone_from(&memo.list),
        (Query::ByCode { code }, Any::Token(token)) => {
            code.clone_from(token.code.as_ref().unwrap_or(&token.seat));
        }
        (Query::BySeat { seat, .. }, Any::Token(token)) => seat.clone_from(&token.seat),
        (Query::Slots { area, .. }, Any::Slot(slot)) => area.clone_from(&slot.area),
        _ => {}
    }
}
