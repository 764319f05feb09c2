//! How the steps of a program are drawn.

mod queries;
mod records;
mod writes;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use self::queries::{filter, query, run};
use self::records::{FEW, ODD, Pool, event, numbered, stored, task, token};
use super::domain::{Account, Any, Event, Task};
use super::program::{Act, Batch, Operation, Program, Query, Step, with_batch};

fn step(pool: Pool) -> BoxedStrategy<Step> {
    let marked =
        prop_oneof![4 => numbered(pool).prop_map(Any::Paper).boxed(), 1 => stored(pool)].boxed();
    prop_oneof![
        18 => writes::write(pool),
        3 => writes::write_all(pool),
        14 => writes::update(pool),
        4 => writes::delete(stored(pool)),
        4 => writes::delete(marked.clone()),
        1 => writes::delete_all(pool),
        4 => writes::scoped(marked).prop_map(|(scope, record)| Step::Restore { scope, record }),
        12 => writes::transaction(pool),
        12 => writes::stream(),
        1 => writes::empty(),
        1 => Just(Step::Sweep).boxed(),
        18 => read(pool),
        3 => (0_i64..8).prop_map(|seconds| Step::Advance { seconds }).boxed(),
    ]
    .boxed()
}

fn read(pool: Pool) -> BoxedStrategy<Step> {
    let several = ((pool.account)(), task(pool), token(pool), numbered(pool), (event(), 0_u64..8));
    prop_oneof![
        2 => (writes::scoped(stored(pool)), any::<bool>()).prop_map(|((scope, record), deleted)| {
            Step::Get { scope, record, deleted }
        }).boxed(),
        1 => (writes::batch(pool), any::<bool>()).prop_map(|((scope, batch), deleted)| {
            Step::GetMany { scope, batch, deleted }
        }).boxed(),
        1 => writes::batch(pool)
            .prop_map(|(scope, batch)| Step::GetAtomic { scope, batch }).boxed(),
        1 => several.prop_map(|(scope, task, token, paper, (event, number))| {
            let event = Event { number, ..event };
            Step::GetTogether { scope, task, token, paper, event }
        }).boxed(),
        12 => (
            ((pool.account)(), query(), run(), any::<bool>()),
            option::weighted(0.3, filter()), any::<bool>(), option::weighted(0.3, Just(())),
        ).prop_map(|((scope, query, run, newest), filter, in_scope, deleted)| {
            let deleted = deleted.is_some();
            Step::Query { scope, query, run, newest, filter, in_scope, deleted }
        }).boxed(),
    ]
    .boxed()
}

/// Programs of some 40 steps, most of which aim at what an earlier one wrote.
pub(super) fn programs() -> impl Strategy<Value = Program> {
    prop_oneof![1 => program(ODD), 2 => program(FEW)]
}

fn program(pool: Pool) -> BoxedStrategy<Program> {
    let steps = vec((step(pool), option::weighted(0.7, any::<u64>())), 1..70);
    // What they meet.
    let first = vec((writes::write(pool), Just(None)), 0..14);
    (first, steps)
        .prop_map(|(first, steps)| {
            let drawn: Vec<(Step, Option<u64>)> = first.into_iter().chain(steps).collect();
            let mut written: Vec<Any> = Vec::new();
            let mut steps = Vec::with_capacity(drawn.len());
            for (mut step, aim) in drawn {
                if let (Some(aim), false) = (aim, written.is_empty()) {
                    aim_at(&mut step, &written, aim);
                }
                for record in step.written() {
                    // A record is aimed at as often as any other, however often it is written.
                    written.retain(|other| !record.has_key_of(other));
                    written.push(record);
                }
                steps.push(step);
            }
            Program(steps)
        })
        .boxed()
}

impl Batch {
    pub(super) fn set_account(&mut self, account: &Account) {
        with_batch!(self, records => for record in records {
            record.account = account.clone();
        });
    }
}

impl Operation {
    pub(super) fn account_mut(&mut self) -> &mut Account {
        match self {
            Self::On(record, _) => record.account_mut(),
            Self::Append(event) => &mut event.account,
        }
    }
}

impl Step {
    /// What later steps may aim at.
    fn written(&self) -> Vec<Any> {
        match self {
            Self::Write { record, .. } => vec![record.clone()],
            Self::WriteAll { batch: Batch::Tasks(tasks), .. } => {
                tasks.iter().cloned().map(Any::Task).collect()
            }
            Self::Transaction { operations, .. } => {
                let inserted = operations.iter().filter_map(|operation| match operation {
                    Operation::On(record, Act::Insert) => Some((**record).clone()),
                    _ => None,
                });
                inserted.collect()
            }
            _ => Vec::new(),
        }
    }
}

/// One of the records, and another for the next turn.
fn pick<'a>(written: &[&'a Any], aim: u64, turn: u64) -> &'a Any {
    let at = aim.wrapping_add(turn) % written.len() as u64;
    written[usize::try_from(at).unwrap_or_default()]
}

/// One of the records of the same type, if there are any.
fn pick_like<'a>(written: &[&'a Any], like: &Any, aim: u64) -> &'a Any {
    let same = |record: &&&Any| std::mem::discriminant(**record) == std::mem::discriminant(like);
    let same: Vec<&Any> = written.iter().filter(same).copied().collect();
    pick(if same.is_empty() { written } else { &same }, aim, 0)
}

/// Makes a step concern an earlier record: the same key with other values, or the same record.
fn aim_at(step: &mut Step, written: &[Any], aim: u64) {
    let all: Vec<&Any> = written.iter().collect();
    let earlier = pick(&all, aim, 0);
    match step {
        Step::Write { scope, record, .. }
        | Step::Delete { scope, record, .. }
        | Step::Restore { scope, record }
        | Step::Get { scope, record, .. } => {
            record.take_key(pick_like(&all, record, aim));
            *scope = record.account().clone();
        }
        Step::Update { scope, record, or_insert, .. } => {
            record.take_key(pick_like(&all, record, aim));
            *scope = record.account().clone();
            if let Some(inserted) = or_insert {
                inserted.take_key(record);
            }
        }
        Step::Transaction { scope, operations, .. } => {
            *scope = earlier.account().clone();
            let theirs: Vec<&Any> =
                written.iter().filter(|record| record.account() == scope).collect();
            for (turn, operation) in (0..).zip(operations) {
                // An insert aims less often, because it must find nothing.
                if let Operation::On(record, act) = operation
                    && aim >> turn & if matches!(act, Act::Insert) { 8 } else { 11 } != 0
                {
                    record.take_key(pick(&theirs, aim, turn));
                }
                *operation.account_mut() = scope.clone();
            }
        }
        Step::WriteAll { scope, batch, .. }
        | Step::DeleteAll { scope, batch }
        | Step::GetMany { scope, batch, .. }
        | Step::GetAtomic { scope, batch } => {
            *scope = earlier.account().clone();
            batch.set_account(scope);
            aim_batch(batch, earlier);
        }
        Step::GetTogether { scope, task, token, .. } => {
            *scope = earlier.account().clone();
            match earlier {
                Any::Task(earlier) => task.take_key(earlier),
                Any::Token(earlier) => token.id = earlier.id,
                _ => {}
            }
        }
        Step::Query { scope, query, .. } => {
            *scope = earlier.account().clone();
            aim_query(query, earlier);
        }
        Step::Stream { .. } | Step::Empty { .. } | Step::Sweep | Step::Advance { .. } => {}
    }
}

fn aim_batch(batch: &mut Batch, earlier: &Any) {
    match (batch, earlier) {
        (Batch::Tasks(tasks), Any::Task(earlier)) => {
            tasks.iter_mut().take(1).for_each(|task: &mut Task| task.take_key(earlier));
        }
        (Batch::Memos(memos), Any::Memo(earlier)) => {
            for memo in memos.iter_mut().take(1) {
                (memo.list, memo.name) = (earlier.list.clone(), earlier.name.clone());
            }
        }
        (Batch::Papers(papers), Any::Paper(earlier)) => {
            for paper in papers {
                paper.shelf.clone_from(&earlier.shelf);
            }
        }
        _ => {}
    }
}

/// Makes a query read the partition of an earlier record.
fn aim_query(query: &mut Query, earlier: &Any) {
    match (query, earlier) {
        (
            Query::Tasks { list, .. } | Query::Items { list } | Query::ByChange { list, .. },
            Any::Task(task),
        ) => list.clone_from(&task.list),
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
        (Query::Papers { shelf, .. } | Query::Shelf { shelf }, Any::Paper(paper)) => {
            shelf.clone_from(&paper.shelf);
        }
        (Query::ByTopic { topic, .. }, Any::Paper(paper)) => {
            topic.clone_from(paper.topic.as_ref().unwrap_or(&paper.title));
        }
        _ => {}
    }
}
