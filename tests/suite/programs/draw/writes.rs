//! Writes: of one record, of many, in transactions, and to streams.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::queries::filter;
use super::records::{
    Pool, account, event, few, line, memo, mostly_one, paper, record, seconds, shelf, stored, task,
};
use crate::programs::domain::{Account, Any, Event};
use crate::programs::program::{
    Act, Batch, Call, Change, Edit, Held, Only, Operation, Partition, Step, Target,
};

fn held() -> impl Strategy<Value = Held> {
    prop_oneof![6 => Just(Held::Stored), 2 => (-2_i64..3).prop_map(Held::Off), 2 => Just(Held::Zero)]
}

/// The scope is the record's own tenant's, except now and then.
pub(super) fn scoped(record: BoxedStrategy<Any>) -> BoxedStrategy<(Account, Any)> {
    (record, option::weighted(0.05, account()))
        .prop_map(|(record, other)| (other.unwrap_or_else(|| record.account().clone()), record))
        .boxed()
}

pub(super) fn write(pool: Pool) -> BoxedStrategy<Step> {
    (scoped(record(pool)), any::<bool>(), held())
        .prop_map(|((scope, record), insert, revision)| Step::Write {
            scope,
            record,
            insert,
            revision,
        })
        .boxed()
}

/// A few records of one type and tenant. No two of them have one unique value, because a batch is
/// written in no order.
pub(super) fn batch(pool: Pool) -> BoxedStrategy<(Account, Batch)> {
    let papers = vec(paper(pool), 0..4).prop_map(|mut papers| {
        for (paper, title) in papers.iter_mut().zip(["a", "b", "B"]) {
            title.clone_into(&mut paper.title);
            paper.place = None;
        }
        Batch::Papers(papers)
    });
    let batch = prop_oneof![
        2 => vec(task(pool), 0..5).prop_map(Batch::Tasks).boxed(),
        1 => vec(memo(pool), 0..5).prop_map(Batch::Memos).boxed(),
        1 => papers.boxed(),
    ];
    (mostly_one(), batch)
        .prop_map(|(scope, mut batch)| {
            batch.set_account(&scope);
            (scope, batch)
        })
        .boxed()
}

pub(super) fn write_all(pool: Pool) -> BoxedStrategy<Step> {
    (batch(pool), any::<bool>(), held())
        .prop_map(|((scope, batch), insert, revision)| {
            // A save may give a value free that another of the batch takes.
            let insert = insert || matches!(batch, Batch::Papers(_));
            Step::WriteAll { scope, batch, insert, revision }
        })
        .boxed()
}

fn edit(pool: Pool) -> BoxedStrategy<Edit> {
    let change = (any::<u8>(), (pool.text)(), seconds())
        .prop_map(|(at, text, by)| Change(at, text, by))
        .boxed();
    let changes = prop_oneof![5 => vec(change.clone(), 1..2), 2 => vec(change, 0..4)];
    (changes, option::weighted(0.25, held()), option::weighted(0.25, filter()))
        .prop_map(|(changes, revision, when)| Edit { changes, revision, when })
        .boxed()
}

pub(super) fn update(pool: Pool) -> BoxedStrategy<Step> {
    (scoped(stored(pool)), edit(pool), option::weighted(0.2, record(pool)), any::<u8>())
        .prop_map(|((scope, record), edit, mut or_insert, other)| {
            if let Some(inserted) = &mut or_insert
                && other > 16
            {
                inserted.take_key(&record);
                if let (Any::Paper(inserted), Any::Paper(paper)) = (inserted, &record) {
                    inserted.number = paper.number;
                }
            }
            Step::Update { scope, record, edit, or_insert }
        })
        .boxed()
}

fn target() -> BoxedStrategy<Target> {
    prop_oneof![Just(Target::Key), held().prop_map(Target::Record)].boxed()
}

pub(super) fn delete(record: BoxedStrategy<Any>) -> BoxedStrategy<Step> {
    let only = (
        option::weighted(0.3, Just(())),
        option::weighted(0.2, held()),
        option::weighted(0.2, filter()),
    )
        .prop_map(|(exists, revision, when)| Only { exists: exists.is_some(), revision, when });
    (scoped(record), target(), only, option::weighted(0.2, Just(())))
        .prop_map(|((scope, record), target, only, purge)| Step::Delete {
            scope,
            record,
            target,
            only,
            purge: purge.is_some(),
        })
        .boxed()
}

fn operation(pool: Pool) -> BoxedStrategy<Operation> {
    let held_act = prop_oneof![
        4 => held().prop_map(Act::Save),
        4 => target().prop_map(Act::Delete),
        1 => held().prop_map(Act::CheckRevision),
        1 => filter().prop_map(Act::DeleteWhen),
        1 => filter().prop_map(Act::Check),
        1 => Just(Act::CheckExists),
        1 => Just(Act::CheckAbsent),
    ];
    prop_oneof![
        4 => record(pool).prop_map(|record| Operation::On(Box::new(record), Act::Insert)),
        5 => (stored(pool), edit(pool)).prop_map(|(record, edit)| Operation::On(Box::new(record), Act::Update(edit))).boxed(),
        6 => (stored(pool), held_act).prop_map(|(record, act)| Operation::On(Box::new(record), act)).boxed(),
        2 => event().prop_map(Operation::Append).boxed(),
    ]
    .boxed()
}

pub(super) fn transaction(pool: Pool) -> BoxedStrategy<Step> {
    let kept = option::weighted(0.4, 1_u64..12);
    let token = option::weighted(0.33, (few(), kept));
    let operation = (operation(pool), option::weighted(0.03, Just(()))).boxed();
    let operations = prop_oneof![3 => vec(operation.clone(), 2..4), 1 => vec(operation, 2..7)];
    ((pool.account)(), operations, token)
        .prop_map(|(scope, drawn, token)| {
            let operations = drawn.into_iter().map(|(mut operation, foreign)| {
                if foreign.is_none() {
                    *operation.account_mut() = scope.clone();
                }
                operation
            });
            Step::Transaction { operations: operations.collect(), scope: scope.clone(), token }
        })
        .boxed()
}

/// An event of another stream now and then.
fn events(count: std::ops::Range<usize>) -> BoxedStrategy<Vec<(Event, Option<()>)>> {
    vec((event(), option::weighted(0.03, Just(()))), count).boxed()
}

pub(super) fn stream() -> BoxedStrategy<Step> {
    let own = |(scope, shelf, line): &(Account, String, u8), events: Vec<(Event, Option<()>)>| {
        let own = |(mut event, other): (Event, Option<()>)| {
            if other.is_none() {
                (event.account, event.shelf, event.line) = (scope.clone(), shelf.clone(), *line);
            }
            event
        };
        events.into_iter().map(own).collect::<Vec<_>>()
    };
    let expect = || option::weighted(0.4, held());
    let which = || (mostly_one(), shelf(), line());
    let with = |(scope, shelf, line), call| Step::Stream { scope, shelf, line, call };
    let append = (which(), events(1..2), expect()).prop_map(move |(which, events, last)| {
        let event = own(&which, events).swap_remove(0);
        with(which, Call::Append(event, last))
    });
    let append_all = (which(), events(0..4), expect()).prop_map(move |(which, events, last)| {
        let events = own(&which, events);
        with(which, Call::AppendAll(events, last))
    });
    let once = (few(), option::weighted(0.4, 1_u64..12));
    let once = (which(), events(1..2), once, option::weighted(0.2, held())).prop_map(
        move |(which, events, (key, keep), last)| {
            let event = own(&which, events).swap_remove(0);
            with(which, Call::AppendOnce(event, key, keep, last))
        },
    );
    let call = prop_oneof![
        4 => (0_u64..8, option::of(0_usize..5)).prop_map(|(from, limit)| Call::Read(from, limit)),
        1 => Just(Call::LastSeq),
        1 => (0_u64..8).prop_map(Call::Trim),
        1 => (0_u64..5).prop_map(Call::Keep),
    ];
    prop_oneof![
        4 => append.boxed(),
        3 => append_all.boxed(),
        3 => once.boxed(),
        6 => (which(), call).prop_map(move |(which, call)| with(which, call)).boxed(),
    ]
    .boxed()
}

pub(super) fn empty() -> BoxedStrategy<Step> {
    let partition =
        prop_oneof![few().prop_map(Partition::List), shelf().prop_map(Partition::Shelf)];
    (mostly_one(), partition)
        .prop_map(|(scope, partition)| Step::Empty { scope, partition })
        .boxed()
}

pub(super) fn delete_all(pool: Pool) -> BoxedStrategy<Step> {
    batch(pool).prop_map(|(scope, batch)| Step::DeleteAll { scope, batch }).boxed()
}
