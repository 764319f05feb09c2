//! What a step does with a record of any type.

use std::collections::BTreeSet;

use keyloom::store::{Delete, DeleteTarget};
use keyloom::{Condition, InScope, Key, ListedIn, OfTenant, Revision, Update, Writable};
use keyloom_conformance::second;

use super::domain::{Account, Memo, Paper, Programs, Slot, State, Task, Token};
use super::program::Filter;
use super::run::Owned;

/// What a step needs of any record.
pub(super) trait Fuzzed:
    Writable + Clone + std::fmt::Debug + InScope<OfTenant<Account>> + ListedIn<Programs> + Send
{
    fn key_of(&self) -> Key<Self>;

    fn revision(&mut self) -> Option<&mut Revision>;

    /// A delete for good.
    fn purge<D: DeleteTarget<Record = Self>>(scope: &Owned, target: D) -> Delete<'_, Self> {
        scope.delete(target)
    }

    /// One of a few conditions on the record, with this text and number.
    fn condition(at: u8, text: &str, number: i64) -> Condition<Self>;

    /// Adds one of a few changes to an update, with this text and number.
    fn changed<W>(update: Update<W, Self>, at: u8, text: &str, number: i64) -> Update<W, Self>;
}

impl Filter {
    /// The condition on a record.
    pub(super) fn condition<R: Fuzzed>(&self) -> Condition<R> {
        match self {
            Self::Atom(at, text, number) => R::condition(*at, text, *number),
            Self::Not(inner) => !inner.condition::<R>(),
            Self::And(a, b) => a.condition::<R>().and(b.condition()),
            Self::Or(a, b) => a.condition::<R>().or(b.condition()),
        }
    }
}

fn rank(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// So large that a few of them are more than the type holds.
fn narrow(number: i64) -> i8 {
    i8::try_from(number * 6).unwrap_or(i8::MAX)
}

/// So small that values meet, with one that is too large to be added to any other.
fn wee(number: i64) -> u8 {
    u8::try_from(number).map_or(u8::MAX, |number| number % 3)
}

impl Fuzzed for Task {
    fn key_of(&self) -> Key<Self> {
        Task::key(&self.list, &self.name, self.part)
    }

    fn revision(&mut self) -> Option<&mut Revision> {
        Some(&mut self.revision)
    }

    fn condition(at: u8, text: &str, number: i64) -> Condition<Self> {
        match at % 17 {
            13 => Task::VOTES.is_absent(),
            14 => Task::VOTES.gt(narrow(number)),
            15 => Task::MARKS.contains(text),
            0 => Task::STATE.eq(State::Open),
            1 => Task::RANK.lt(rank(number)),
            2 => Task::RANK.ge(rank(number)),
            3 => Task::OWNER.is_present(),
            4 => Task::OWNER.eq(text),
            5 => Task::OWNER.ne(text),
            6 => Task::OWNER.le(text),
            7 => Task::TITLE.contains(text),
            8 => Task::TITLE.starts_with(text),
            9 => Task::TAGS.contains(text),
            10 => Task::DUE.gt(second(number)),
            11 => Task::OWNER.contains(text),
            12 => Task::WEIGHT.le(f64::from(rank(number)) / 2.0),
            _ => Task::WEIGHT.ne(f64::from(rank(number)) / 2.0),
        }
    }

    fn changed<W>(update: Update<W, Self>, at: u8, text: &str, number: i64) -> Update<W, Self> {
        match at % 25 {
            0 => update.set(Task::STATE, State::Done),
            1 => update.set(Task::RANK, rank(number)),
            2 => update.add(Task::RANK, rank(number)),
            3 => update.subtract(Task::RANK, rank(number)),
            4 => update.set(Task::OWNER, text),
            5 => update.set_if_absent(Task::OWNER, text),
            6 => update.remove(Task::OWNER),
            7 => update.set(Task::DUE, second(number)),
            8 => update.set_if_absent(Task::DUE, second(number)),
            9 => update.remove(Task::DUE),
            10 => update.set(Task::TITLE, text),
            11 => update.append(Task::TAGS, [text]),
            12 => update.prepend(Task::TAGS, [text, "]["]),
            13 => update.set(Task::TAGS, vec![text.to_owned()]),
            14 => update.set(Task::WEIGHT, f64::from(rank(number)) / 2.0),
            15 => update.remove(Task::WEIGHT),
            16 => update.set_if_absent(Task::VOTES, narrow(number)),
            17 => update.add(Task::VOTES, narrow(number)),
            18 => update.subtract(Task::VOTES, narrow(number)),
            19 => update.append(Task::LOG, [text]),
            20 => update.prepend(Task::LOG, Vec::<String>::new()),
            21 => update.remove(Task::LOG),
            22 => update.insert_into(Task::MARKS, [text, "a"]),
            23 => update.remove_from(Task::MARKS, [text, "a"]),
            _ => update.set(Task::MARKS, BTreeSet::from([text.to_owned()])),
        }
    }
}

impl Fuzzed for Memo {
    fn key_of(&self) -> Key<Self> {
        Memo::key(&self.list, &self.name)
    }

    fn revision(&mut self) -> Option<&mut Revision> {
        None
    }

    fn condition(at: u8, text: &str, _: i64) -> Condition<Self> {
        match at % 5 {
            0 => Memo::COLOUR.is_absent(),
            1 => Memo::COLOUR.eq(text),
            2 => Memo::TEXT.starts_with(text),
            3 => Memo::NAME.gt(text),
            _ => Memo::NAME.ne(text),
        }
    }

    fn changed<W>(update: Update<W, Self>, at: u8, text: &str, _: i64) -> Update<W, Self> {
        match at % 6 {
            0 => update.set(Memo::COLOUR, text),
            1 => update.set_if_absent(Memo::COLOUR, text),
            2 => update.remove(Memo::COLOUR),
            3 => update.set(Memo::TEXT, text),
            4 => update.set_if_absent(Memo::TEXT, text),
            _ => update.remove(Memo::TEXT),
        }
    }
}

impl Fuzzed for Token {
    fn key_of(&self) -> Key<Self> {
        Token::key(self.id)
    }

    fn revision(&mut self) -> Option<&mut Revision> {
        Some(&mut self.revision)
    }

    fn condition(at: u8, text: &str, number: i64) -> Condition<Self> {
        match at % 5 {
            0 => Token::CODE.is_present(),
            1 => Token::CODE.eq(text),
            2 => Token::SEAT.lt(text),
            3 => Token::UNTIL.gt(second(number)),
            _ => Token::UNTIL.is_absent(),
        }
    }

    fn changed<W>(update: Update<W, Self>, at: u8, text: &str, number: i64) -> Update<W, Self> {
        match at % 11 {
            0 => update.set(Token::CODE, text),
            1 => update.set_if_absent(Token::CODE, text),
            2 => update.remove(Token::CODE),
            3 => update.set(Token::SEAT, text),
            4 => update.set(Token::RANK, wee(number)),
            5 => update.add(Token::RANK, wee(number)),
            6 => update.subtract(Token::RANK, wee(number)),
            7 => update.set(Token::MEMO, text),
            8 => update.set(Token::UNTIL, second(number)),
            9 => update.set_if_absent(Token::UNTIL, second(number)),
            _ => update.remove(Token::UNTIL),
        }
    }
}

impl Fuzzed for Slot {
    fn key_of(&self) -> Key<Self> {
        Slot::key(self.area.clone(), self.row, self.seat.clone())
    }

    fn revision(&mut self) -> Option<&mut Revision> {
        None
    }

    fn condition(at: u8, text: &str, number: i64) -> Condition<Self> {
        match at % 5 {
            0 => Slot::ROW.is_present(),
            1 => Slot::ROW.lt(i8::try_from(number).unwrap_or(0)),
            2 => Slot::SEAT.eq(text),
            3 => Slot::WIDE.ge(u128::from(number.unsigned_abs())),
            _ => Slot::MEMO.is_absent(),
        }
    }

    fn changed<W>(update: Update<W, Self>, at: u8, text: &str, number: i64) -> Update<W, Self> {
        match at % 6 {
            0 => update.set(Slot::WIDE, u128::from(number.unsigned_abs())),
            1 => update.set(Slot::MEMO, text),
            2 => update.set_if_absent(Slot::MEMO, text),
            3 => update.set(Slot::UNTIL, second(number)),
            4 => update.set_if_absent(Slot::UNTIL, second(number)),
            _ => update.remove(Slot::UNTIL),
        }
    }
}

impl Fuzzed for Paper {
    fn purge<D: DeleteTarget<Record = Self>>(scope: &Owned, target: D) -> Delete<'_, Self> {
        scope.purge(target)
    }

    fn key_of(&self) -> Key<Self> {
        Paper::key(&self.shelf, self.number)
    }

    fn revision(&mut self) -> Option<&mut Revision> {
        Some(&mut self.revision)
    }

    fn condition(at: u8, text: &str, number: i64) -> Condition<Self> {
        match at % 7 {
            0 => Paper::TITLE.eq(text),
            1 => Paper::PLACE.is_present(),
            2 => Paper::DELETED.is_present(),
            3 => Paper::UPDATED.lt(second(number)),
            4 => Paper::UNTIL.gt(second(number)),
            5 => Paper::COPIES.le(wee(number)),
            _ => Paper::TOPIC.ne(text),
        }
    }

    fn changed<W>(update: Update<W, Self>, at: u8, text: &str, number: i64) -> Update<W, Self> {
        match at % 15 {
            0 => update.set(Paper::TITLE, text),
            1 => update.set(Paper::ROOM, text),
            2 => update.set(Paper::PLACE, wee(number)),
            3 => update.set_if_absent(Paper::PLACE, wee(number)),
            4 => update.add(Paper::PLACE, wee(number)),
            5 => update.subtract(Paper::PLACE, wee(number)),
            6 => update.remove(Paper::PLACE),
            7 => update.set(Paper::TOPIC, text),
            8 => update.remove(Paper::TOPIC),
            9 => update.add(Paper::COPIES, wee(number)),
            10 => update.insert_into(Paper::AUTHORS, [u16::from(wee(number))]),
            11 => update.remove_from(Paper::AUTHORS, [1, 2]),
            12 => update.set(Paper::UNTIL, second(number)),
            13 => update.set_if_absent(Paper::UNTIL, second(number)),
            _ => update.remove(Paper::UNTIL),
        }
    }
}
