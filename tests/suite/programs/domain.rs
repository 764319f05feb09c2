//! The records of random programs.

use keyloom::{
    Collection, Condition, InScope, Key, KeyPart, Lists, OfTenant, Record, Revision, Table,
    Timestamp,
};

#[derive(KeyPart, Clone, Debug, PartialEq)]
pub(super) struct Account(String);

#[derive(KeyPart, Clone, Copy, Debug, PartialEq)]
pub(super) enum State {
    Open,
    Done,
}

/// With a revision, stamps and indexes.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "list#{list}",
    sort = "task#{name}#{part}",
    index(by_state, partition = "state#{state}", sort = "{rank}"),
    index(by_owner, partition = "owner#{owner}", sort = "{due}"),
    index(by_title, partition = "titles", sort = "{title:norm}")
)]
pub(super) struct Task {
    #[record(tenant)]
    pub(super) account: Account,
    pub(super) list: String,
    pub(super) name: String,
    pub(super) part: i8,
    pub(super) state: State,
    pub(super) rank: i32,
    pub(super) owner: Option<String>,
    pub(super) due: Option<Timestamp>,
    pub(super) title: String,
    pub(super) tags: Vec<String>,
    pub(super) weight: Option<f64>,
    #[record(revision)]
    pub(super) revision: Revision,
    #[record(created)]
    pub(super) created: Timestamp,
    #[record(updated)]
    pub(super) updated: Timestamp,
}

/// Without a revision, in the partition of the tasks, under a normalised key.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "list#{list}",
    sort = "memo#{name:norm}",
    index(by_colour, partition = "colours#{list}", sort = "{colour}")
)]
pub(super) struct Memo {
    #[record(tenant)]
    pub(super) account: Account,
    pub(super) list: String,
    pub(super) name: String,
    pub(super) colour: Option<String>,
    pub(super) text: Option<String>,
    #[record(created)]
    pub(super) created: Timestamp,
    #[record(updated)]
    pub(super) updated: Timestamp,
}

/// Expires, and has unique values.
#[expect(clippy::duplicated_attributes, reason = "two indexes are unique")]
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "tokens",
    sort = "token#{id}",
    index(one_code, unique, partition = "code#{code}"),
    index(one_seat, unique, partition = "seat#{seat:norm}", sort = "{rank}"),
    index(by_expiry, partition = "expiry", sort = "{until}")
)]
pub(super) struct Token {
    #[record(tenant)]
    pub(super) account: Account,
    pub(super) id: u32,
    pub(super) code: Option<String>,
    pub(super) seat: String,
    pub(super) rank: u8,
    pub(super) memo: Option<String>,
    #[record(expires)]
    pub(super) until: Option<Timestamp>,
    #[record(revision)]
    pub(super) revision: Revision,
    #[record(created)]
    pub(super) created: Timestamp,
}

/// Expires, without a revision, with options in its key.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "area#{area}",
    sort = "slot#{row}#{seat}",
    index(by_row, partition = "rows", sort = "{row}#{wide}")
)]
pub(super) struct Slot {
    #[record(tenant)]
    pub(super) account: Account,
    pub(super) area: Option<String>,
    pub(super) row: Option<i8>,
    pub(super) seat: Option<String>,
    pub(super) wide: u128,
    pub(super) memo: Option<String>,
    #[record(expires)]
    pub(super) until: Option<Timestamp>,
    #[record(created)]
    pub(super) created: Timestamp,
}

#[derive(Table)]
#[table(name = "programs", tenant = Account, records(Task, Memo, Token, Slot))]
pub(super) struct Programs;

#[derive(Collection, Clone, Debug, PartialEq)]
pub(super) enum Item {
    Task(Box<Task>),
    Memo(Memo),
}

/// What a step needs of any record.
pub(super) trait Fuzzed:
    keyloom::Writable + Clone + std::fmt::Debug + InScope<OfTenant<Account>> + Send
{
    fn key_of(&self) -> Key<Self>;
    fn revision(&mut self) -> Option<&mut Revision>;
    /// One of a few conditions on the record, with this text and number.
    fn condition(at: u8, text: &str, number: i64) -> Condition<Self>;
}

fn due(number: i64) -> Timestamp {
    Timestamp::from_micros(number * 1_000_000).unwrap_or_default()
}

fn rank(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

impl Fuzzed for Task {
    fn key_of(&self) -> Key<Self> {
        Task::key(&self.list, &self.name, self.part)
    }

    fn revision(&mut self) -> Option<&mut Revision> {
        Some(&mut self.revision)
    }

    fn condition(at: u8, text: &str, number: i64) -> Condition<Self> {
        match at % 14 {
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
            10 => Task::DUE.gt(due(number)),
            11 => Task::OWNER.contains(text),
            12 => Task::WEIGHT.le(f64::from(rank(number)) / 2.0),
            _ => Task::WEIGHT.ne(f64::from(rank(number)) / 2.0),
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
            3 => Token::UNTIL.gt(due(number)),
            _ => Token::UNTIL.is_absent(),
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
}

/// A record of any type, handed to generic code by [`with_record!`].
#[derive(Clone, Debug)]
pub(super) enum Any {
    Task(Task),
    Memo(Memo),
    Token(Token),
    Slot(Slot),
}

/// Runs an expression with the record inside, whatever its type.
macro_rules! with_record {
    ($any:expr, $record:ident => $run:expr) => {
        match $any {
            Any::Task($record) => $run,
            Any::Memo($record) => $run,
            Any::Token($record) => $run,
            Any::Slot($record) => $run,
        }
    };
}

pub(super) use with_record;

/// The table lists the record: what generic code has to say of it.
pub(super) trait Listed<R>: Table<Tenant = Account> + Lists<R> {}

impl<R> Listed<R> for Programs where Programs: Lists<R> {}
