//! The steps of a random program, as plain data.

use std::ops::Bound;

use super::domain::{Account, Any, Event, Memo, Paper, State, Task, Token};

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
        batch: Batch,
        insert: bool,
        revision: Held,
    },
    Update {
        scope: Account,
        record: Any,
        edit: Edit,
        or_insert: Option<Any>,
    },
    Delete {
        scope: Account,
        record: Any,
        target: Target,
        only: Only,
        /// For good, where the record is otherwise marked.
        purge: bool,
    },
    DeleteAll {
        scope: Account,
        batch: Batch,
    },
    Restore {
        scope: Account,
        record: Any,
    },
    Transaction {
        scope: Account,
        operations: Vec<Operation>,
        /// The token, and for how many seconds it is kept if that is said.
        token: Option<(String, Option<u64>)>,
    },
    Stream {
        scope: Account,
        shelf: String,
        line: u8,
        call: Call,
    },
    Get {
        scope: Account,
        record: Any,
        deleted: bool,
    },
    GetMany {
        scope: Account,
        batch: Batch,
        deleted: bool,
    },
    GetAtomic {
        scope: Account,
        batch: Batch,
    },
    /// As [`Step::GetAtomic`], of several types.
    GetTogether {
        scope: Account,
        task: Task,
        token: Token,
        paper: Paper,
        event: Event,
    },
    Query {
        scope: Account,
        query: Query,
        run: Run,
        newest: bool,
        filter: Option<Filter>,
        in_scope: bool,
        deleted: bool,
    },
    Empty {
        scope: Account,
        partition: Partition,
    },
    /// Removes what has expired, and everything else stays as it was.
    Sweep,
    Advance {
        seconds: i64,
    },
}

/// The revision that a struct holds when it is written, or that a write expects; of a stream the last
/// number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Held {
    /// The stored one, or zero.
    Stored,
    /// The stored one and so many more.
    Off(i64),
    Zero,
}

/// Records of one type.
#[derive(Clone, Debug)]
pub(super) enum Batch {
    Tasks(Vec<Task>),
    Memos(Vec<Memo>),
    Papers(Vec<Paper>),
}

/// Runs an expression with the records inside, whatever their type.
macro_rules! with_batch {
    ($batch:expr, $records:pat => $run:expr) => {
        match $batch {
            Batch::Tasks($records) => $run,
            Batch::Memos($records) => $run,
            Batch::Papers($records) => $run,
        }
    };
}

pub(super) use with_batch;

/// What an update changes, and under which conditions.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) changes: Vec<Change>,
    pub(super) revision: Option<Held>,
    pub(super) when: Option<Filter>,
}

/// One of a few changes of the record, with a text and a number.
#[derive(Clone, Debug)]
pub(super) struct Change(pub(super) u8, pub(super) String, pub(super) i64);

/// What a delete is given.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Key,
    Record(Held),
}

/// The conditions of a delete.
#[derive(Clone, Debug)]
pub(super) struct Only {
    pub(super) exists: bool,
    pub(super) revision: Option<Held>,
    pub(super) when: Option<Filter>,
}

/// One operation of a transaction.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    On(Box<Any>, Act),
    Append(Event),
}

/// What an operation does with its record.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Insert,
    Save(Held),
    Update(Edit),
    Delete(Target),
    DeleteWhen(Filter),
    Check(Filter),
    CheckExists,
    CheckAbsent,
    CheckRevision(Held),
}

/// What is asked of a stream.
#[derive(Clone, Debug)]
pub(super) enum Call {
    Append(Event, Option<Held>),
    AppendAll(Vec<Event>, Option<Held>),
    /// With the key, and for how many seconds it is kept if that is said.
    AppendOnce(Event, String, Option<u64>, Option<Held>),
    Read(u64, Option<usize>),
    LastSeq,
    Trim(u64),
    Keep(u64),
}

/// A partition that is emptied.
#[derive(Clone, Debug)]
pub(super) enum Partition {
    List(String),
    Shelf(String),
}

/// The path, and what is selected on it.
#[derive(Clone, Debug)]
pub(super) enum Query {
    Tasks { list: String, name: Select<String>, part: Option<Select<i8>> },
    ByState { state: State, rank: Select<i32> },
    ByOwner { owner: String, due: Select<i64> },
    ByTitle { title: Select<String> },
    ByChange { list: String, updated: Select<i64> },
    Memos { list: String, name: Select<String> },
    ByColour { list: String, colour: Select<String> },
    Tokens { id: Select<u32> },
    ByCode { code: String },
    BySeat { seat: String, rank: Select<u8> },
    ByExpiry { until: Select<i64> },
    Slots { area: Option<String>, row: Select<Option<i8>>, seat: Option<Select<Option<String>>> },
    ByRow { row: Select<i8>, wide: Option<Select<u128>> },
    Items { list: String },
    Papers { shelf: String, number: Select<u32> },
    ByTopic { topic: String, copies: Select<u8> },
    Events { shelf: String, line: u8, number: Select<u64> },
    ByKind { kind: String, at: Select<i64> },
    Shelf { shelf: String },
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
