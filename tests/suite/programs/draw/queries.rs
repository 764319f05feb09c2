//! Queries, how they are run, and conditions.

use std::ops::Bound;

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::records::{few, line, rank, seconds, shelf, text, wide};
use crate::programs::domain::State;
use crate::programs::program::{Filter, Query, Run, Select};

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

pub(super) fn query() -> BoxedStrategy<Query> {
    prop_oneof![5 => of_tasks(), 7 => of_tokens_and_slots(), 5 => of_shelves()].boxed()
}

fn of_tasks() -> BoxedStrategy<Query> {
    let part = some_select((-2_i8..3).boxed());
    prop_oneof![
        2 => (text(), some_select(text()), option::of(part))
            .prop_map(|(list, name, part)| Query::Tasks { list, name, part }).boxed(),
        2 => (select(&[State::Open, State::Done][..]), some_select(rank().boxed()))
            .prop_map(|(state, rank)| Query::ByState { state, rank }).boxed(),
        2 => (text(), some_select(seconds().boxed()))
            .prop_map(|(owner, due)| Query::ByOwner { owner, due }).boxed(),
        1 => some_select(text()).prop_map(|title| Query::ByTitle { title }),
        1 => (few(), some_select(seconds().boxed()))
            .prop_map(|(list, updated)| Query::ByChange { list, updated }).boxed(),
        2 => text().prop_map(|list| Query::Items { list }).boxed(),
    ]
    .boxed()
}

fn of_tokens_and_slots() -> BoxedStrategy<Query> {
    let row = some_select(option::of(-2_i8..3).boxed());
    let seat = some_select(option::of(text()).boxed());
    prop_oneof![
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
    ]
    .boxed()
}

fn of_shelves() -> BoxedStrategy<Query> {
    prop_oneof![
        2 => (shelf(), some_select((1_u32..6).boxed()))
            .prop_map(|(shelf, number)| Query::Papers { shelf, number }).boxed(),
        2 => (text(), some_select((0_u8..4).boxed()))
            .prop_map(|(topic, copies)| Query::ByTopic { topic, copies }).boxed(),
        1 => (shelf(), line(), some_select((0_u64..9).boxed()))
            .prop_map(|(shelf, line, number)| Query::Events { shelf, line, number }).boxed(),
        1 => (few(), some_select(seconds().boxed()))
            .prop_map(|(kind, at)| Query::ByKind { kind, at }).boxed(),
        2 => shelf().prop_map(|shelf| Query::Shelf { shelf }).boxed(),
    ]
    .boxed()
}

pub(super) fn run() -> impl Strategy<Value = Run> {
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

pub(super) fn filter() -> BoxedStrategy<Filter> {
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
