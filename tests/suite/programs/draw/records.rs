//! Values and records.

use keyloom::{Revision, Timestamp};
use keyloom_conformance::second;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::programs::domain::{Account, Any, Event, Memo, Paper, Slot, State, Task, Token};

// The types of strategies are as large as what they draw in all its forms, so each is boxed: a test
// thread has a small stack.

/// Where values come from.
#[derive(Clone, Copy)]
pub(super) struct Pool {
    pub(super) text: fn() -> BoxedStrategy<String>,
    pub(super) account: fn() -> BoxedStrategy<Account>,
    part: fn() -> BoxedStrategy<i8>,
    ids: u32,
}

/// What a careless key would confuse.
pub(super) const ODD: Pool = Pool { text, account, part, ids: 6 };

/// So little that records meet all the time.
pub(super) const FEW: Pool =
    Pool { text: few, account: mostly_one, part: || Just(0).boxed(), ids: 4 };

/// Text that a careless key would confuse, mostly from a small pool so that programs meet again.
pub(super) fn text() -> BoxedStrategy<String> {
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

pub(super) fn few() -> BoxedStrategy<String> {
    select(&["a", "b", "a", "B"][..]).prop_map(str::to_owned).boxed()
}

pub(super) fn account() -> BoxedStrategy<Account> {
    const POOL: [&str; 6] = ["a", "a#", "a#b", "a%23", "A", "🦀"];
    prop_oneof![
        6 => Just("a"),
        6 => select(&POOL[..]),
        1 => Just(""),
    ]
    .prop_map(Account::from)
    .boxed()
}

pub(super) fn mostly_one() -> BoxedStrategy<Account> {
    prop_oneof![15 => Just("a"), 1 => Just("a#")].prop_map(Account::from).boxed()
}

pub(super) fn shelf() -> BoxedStrategy<String> {
    prop_oneof![9 => Just("a"), 1 => Just("b")].prop_map(str::to_owned).boxed()
}

/// One of a shelf's streams.
pub(super) fn line() -> BoxedStrategy<u8> {
    prop_oneof![9 => Just(0), 1 => Just(1)].boxed()
}

fn moment() -> impl Strategy<Value = Timestamp> {
    seconds().prop_map(second)
}

/// The clock begins at zero and moves a few seconds at a time.
pub(super) fn seconds() -> impl Strategy<Value = i64> {
    -5_i64..40
}

pub(super) fn rank() -> impl Strategy<Value = i32> {
    prop_oneof![8 => -3_i32..12, 1 => any::<i32>()]
}

pub(super) fn wide() -> impl Strategy<Value = u128> {
    prop_oneof![4 => 0_u128..12, 1 => any::<u128>()]
}

fn part() -> BoxedStrategy<i8> {
    prop_oneof![2 => Just(0), 1 => -2_i8..3].boxed()
}

prop_compose! {
    fn any_task(pool: Pool)(
        account in (pool.account)(),
        (list, name) in ((pool.text)(), (pool.text)()),
        part in (pool.part)(),
        (state, rank) in (select(&[State::Open, State::Done][..]), rank()),
        owner in option::of((pool.text)()),
        due in option::of(moment()),
        title in (pool.text)(),
        tags in vec((pool.text)(), 0..3),
        weight in option::of((-4_i32..4).prop_map(|weight| f64::from(weight) / 2.0)),
        votes in option::of(-128_i8..=127),
        log in option::of(vec((pool.text)(), 0..2)),
        marks in btree_set((pool.text)(), 0..3),
    ) -> Task {
        Task {
            account, list, name, part, state, rank, owner, due, title, tags, weight, votes, log, marks,
            revision: Revision::ZERO,
            created: Timestamp::MIN,
            updated: Timestamp::MIN,
        }
    }
}

prop_compose! {
    fn any_memo(pool: Pool)(
        account in (pool.account)(),
        (list, name) in ((pool.text)(), (pool.text)()),
        colour in option::of((pool.text)()),
        text in option::of((pool.text)()),
    ) -> Memo {
        Memo { account, list, name, colour, text, created: Timestamp::MIN, updated: Timestamp::MIN }
    }
}

prop_compose! {
    fn any_token(pool: Pool)(
        account in (pool.account)(),
        id in 0_u32..pool.ids,
        code in option::of((pool.text)()),
        seat in (pool.text)(),
        rank in 0_u8..3,
        memo in option::of((pool.text)()),
        until in option::of(moment()),
    ) -> Token {
        let (revision, created) = (Revision::ZERO, Timestamp::MIN);
        Token { account, id, code, seat, rank, memo, until, revision, created }
    }
}

prop_compose! {
    fn any_slot(pool: Pool)(
        account in (pool.account)(),
        area in option::of((pool.text)()),
        row in option::of((pool.part)()),
        seat in option::of((pool.text)()),
        wide in wide(),
        memo in option::of((pool.text)()),
        until in option::of(moment()),
    ) -> Slot {
        Slot { account, area, row, seat, wide, memo, until, created: Timestamp::MIN }
    }
}

prop_compose! {
    fn any_paper(pool: Pool)(
        account in (pool.account)(),
        shelf in shelf(),
        number in number(),
        title in prop_oneof![2 => (pool.text)(), 3 => "[a-h]"],
        room in few(),
        place in option::weighted(0.4, 0_u8..4),
        topic in option::of((pool.text)()),
        copies in option::of(0_u8..3),
        authors in btree_set(0_u16..3, 0..3),
        until in option::weighted(0.2, moment()),
    ) -> Paper {
        Paper {
            account, shelf, number, title, room, place, topic, copies, authors, until,
            deleted: None,
            revision: Revision::ZERO,
            created: Timestamp::MIN,
            updated: Timestamp::MIN,
        }
    }
}

/// The number of a paper, which is mostly for its sequence to give.
fn number() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(0), 3 => 1_u32..5, 1 => 5_u32..12]
}

prop_compose! {
    fn any_event()(
        account in mostly_one(),
        shelf in shelf(),
        line in line(),
        kind in few(),
    ) -> Event {
        Event { account, shelf, line, number: 0, kind, at: Timestamp::MIN }
    }
}

pub(super) fn task(pool: Pool) -> BoxedStrategy<Task> {
    any_task(pool).boxed()
}

pub(super) fn memo(pool: Pool) -> BoxedStrategy<Memo> {
    any_memo(pool).boxed()
}

pub(super) fn token(pool: Pool) -> BoxedStrategy<Token> {
    any_token(pool).boxed()
}

pub(super) fn paper(pool: Pool) -> BoxedStrategy<Paper> {
    any_paper(pool).boxed()
}

pub(super) fn event() -> BoxedStrategy<Event> {
    any_event().boxed()
}

/// A record to be written.
pub(super) fn record(pool: Pool) -> BoxedStrategy<Any> {
    prop_oneof![
        3 => task(pool).prop_map(Any::Task),
        2 => memo(pool).prop_map(Any::Memo),
        3 => token(pool).prop_map(Any::Token),
        2 => any_slot(pool).prop_map(Any::Slot).boxed(),
        4 => paper(pool).prop_map(Any::Paper),
    ]
    .boxed()
}

/// A paper that has a number.
pub(super) fn numbered(pool: Pool) -> BoxedStrategy<Paper> {
    let number = prop_oneof![3 => 1_u32..3, 1 => 3_u32..6];
    (any_paper(pool), number).prop_map(|(paper, number)| Paper { number, ..paper }).boxed()
}

/// A record that may well be stored.
pub(super) fn stored(pool: Pool) -> BoxedStrategy<Any> {
    prop_oneof![5 => record(pool), 2 => numbered(pool).prop_map(Any::Paper)].boxed()
}
