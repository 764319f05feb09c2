//! The records of random programs.

use std::collections::BTreeSet;

use keyloom::{Collection, KeyPart, Record, Revision, Table, Timestamp};

#[derive(KeyPart, Clone, Debug, PartialEq)]
pub(super) struct Account(String);

#[derive(KeyPart, Clone, Copy, Debug, PartialEq)]
pub(super) enum State {
    Open,
    Done,
}

/// With a revision, stamps and indexes, and fields for each change that an update makes.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "list#{list}",
    sort = "task#{name}#{part}",
    index(by_state, partition = "state#{state}", sort = "{rank}"),
    index(by_owner, partition = "owner#{owner}", sort = "{due}"),
    index(by_title, partition = "titles", sort = "{title:norm}"),
    index(by_change, partition = "changes#{list}", sort = "{updated}")
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
    pub(super) votes: Option<i8>,
    pub(super) log: Option<Vec<String>>,
    pub(super) marks: BTreeSet<String>,
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

/// Numbered in its partition, deleted softly, expires, and has unique values.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "shelf#{shelf}",
    sort = "paper#{number}",
    unique(one_place, room, place),
    index(by_topic, partition = "topic#{topic}", sort = "{copies}#{title}")
)]
pub(super) struct Paper {
    #[record(tenant)]
    pub(super) account: Account,
    pub(super) shelf: String,
    #[record(sequence)]
    pub(super) number: u32,
    #[record(unique)]
    pub(super) title: String,
    pub(super) room: String,
    pub(super) place: Option<u8>,
    pub(super) topic: Option<String>,
    pub(super) copies: Option<u8>,
    pub(super) authors: BTreeSet<u16>,
    #[record(expires)]
    pub(super) until: Option<Timestamp>,
    #[record(deleted)]
    pub(super) deleted: Option<Timestamp>,
    #[record(revision)]
    pub(super) revision: Revision,
    #[record(created)]
    pub(super) created: Timestamp,
    #[record(updated)]
    pub(super) updated: Timestamp,
}

/// An event of a shelf, in one of its streams.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    stream,
    partition = "shelf#{shelf}",
    sort = "event#{line}#{number}",
    index(by_kind, partition = "kind#{kind}", sort = "{at}")
)]
pub(super) struct Event {
    #[record(tenant)]
    pub(super) account: Account,
    pub(super) shelf: String,
    pub(super) line: u8,
    #[record(sequence)]
    pub(super) number: u64,
    pub(super) kind: String,
    #[record(created)]
    pub(super) at: Timestamp,
}

#[derive(Table)]
#[table(name = "programs", tenant = Account, records(Task, Memo, Token, Slot, Paper, Event))]
pub(super) struct Programs;

#[derive(Collection, Clone, Debug, PartialEq)]
pub(super) enum Item {
    Task(Box<Task>),
    Memo(Memo),
}

#[derive(Collection, Clone, Debug, PartialEq)]
pub(super) enum ShelfItem {
    Paper(Box<Paper>),
    Event(Event),
}

/// Runs an expression with the record inside, whatever its type.
macro_rules! with_record {
    ($any:expr, $record:ident => $run:expr) => {
        match $any {
            Any::Task($record) => $run,
            Any::Memo($record) => $run,
            Any::Token($record) => $run,
            Any::Slot($record) => $run,
            Any::Paper($record) => $run,
        }
    };
}

pub(super) use with_record;

/// A record of any type but an event, handed to generic code by [`with_record!`].
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Any {
    Task(Task),
    Memo(Memo),
    Token(Token),
    Slot(Slot),
    Paper(Paper),
}

impl Any {
    /// Whose record it is.
    pub(super) fn account(&self) -> &Account {
        with_record!(self, record => &record.account)
    }

    pub(super) fn account_mut(&mut self) -> &mut Account {
        with_record!(self, record => &mut record.account)
    }

    /// Whether it has the same key; of two papers, the same shelf.
    pub(super) fn has_key_of(&self, other: &Self) -> bool {
        let mut taken = self.clone();
        taken.take_key(other);
        std::mem::discriminant(self) == std::mem::discriminant(other) && taken == *self
    }

    /// Takes over the key of another record of the same type; without one, all of the other record.
    pub(super) fn take_key(&mut self, other: &Self) {
        *self.account_mut() = other.account().clone();
        match (self, other) {
            (Self::Task(task), Self::Task(other)) => task.take_key(other),
            (Self::Memo(memo), Self::Memo(other)) => {
                (memo.list, memo.name) = (other.list.clone(), other.name.clone());
            }
            (Self::Token(token), Self::Token(other)) => token.id = other.id,
            (Self::Slot(slot), Self::Slot(other)) => {
                (slot.area, slot.row, slot.seat) =
                    (other.area.clone(), other.row, other.seat.clone());
            }
            // Its number is given while the program runs.
            (Self::Paper(paper), Self::Paper(other)) => paper.shelf.clone_from(&other.shelf),
            (record, other) => *record = other.clone(),
        }
    }
}

impl Task {
    pub(super) fn take_key(&mut self, other: &Self) {
        self.account = other.account.clone();
        (self.list, self.name, self.part) = (other.list.clone(), other.name.clone(), other.part);
    }
}
