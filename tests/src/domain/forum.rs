//! Topics and members of a forum: updates, unique values, numbers, soft deletes, a stream.

use std::collections::BTreeSet;

use keyloom::{Collection, KeyPart, Record, Revision, Table, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Account, acme};

#[derive(KeyPart, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Open,
    Closed,
}

/// What a topic holds in a list.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) struct Link {
    pub(crate) to: String,
    pub(crate) weight: f64,
}

/// With a field for each change that an update makes, in indexes whose keys an update moves.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "forum#{forum}",
    sort = "topic#{id}",
    index(by_state, partition = "state#{state}", sort = "{rank}#{owner}"),
    index(by_owner, partition = "owner#{owner}"),
    index(by_change, partition = "changes#{forum}", sort = "{updated}"),
    index(by_reads, partition = "reads#{forum}", sort = "{reads}")
)]
pub(crate) struct Topic {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) forum: String,
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) state: State,
    pub(crate) rank: i32,
    pub(crate) owner: Option<String>,
    pub(crate) reads: u32,
    pub(crate) votes: Option<i64>,
    pub(crate) small: i8,
    pub(crate) large: u64,
    pub(crate) score: Option<f64>,
    pub(crate) labels: Vec<String>,
    pub(crate) links: Option<Vec<Link>>,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) marks: BTreeSet<u32>,
    #[record(expires)]
    pub(crate) until: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
    #[record(created)]
    pub(crate) created: Timestamp,
    #[record(updated)]
    pub(crate) updated: Timestamp,
}

impl Topic {
    /// A topic of `acme` that was never stored.
    pub(crate) fn new(id: u32) -> Self {
        Self {
            account: acme(),
            forum: "f".to_owned(),
            id,
            title: format!("topic {id}"),
            state: State::Open,
            rank: 0,
            owner: None,
            reads: 0,
            votes: None,
            small: 0,
            large: 0,
            score: None,
            labels: Vec::new(),
            links: None,
            tags: BTreeSet::new(),
            marks: BTreeSet::new(),
            until: None,
            revision: Revision::ZERO,
            created: Timestamp::default(),
            updated: Timestamp::default(),
        }
    }
}

/// Without a revision and without stamps.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "forum#{forum}", sort = "counter#{name}")]
pub(crate) struct Counter {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) forum: String,
    pub(crate) name: String,
    pub(crate) count: i64,
    pub(crate) note: Option<String>,
}

impl Counter {
    pub(crate) fn new(name: &str, count: i64) -> Self {
        let (account, forum, name) = (acme(), "f".to_owned(), name.to_owned());
        Self { account, forum, name, count, note: None }
    }
}

/// With one value that nobody else may have, and a pair of which the second is optional.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "members", sort = "{id}", unique(place, room, seat))]
pub(crate) struct Member {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) id: u32,
    #[record(unique)]
    pub(crate) email: String,
    pub(crate) room: String,
    pub(crate) seat: Option<u16>,
    pub(crate) visits: u32,
    #[record(expires)]
    pub(crate) leaves: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
}

impl Member {
    pub(crate) fn new(id: u32, email: &str) -> Self {
        Self {
            account: acme(),
            id,
            email: email.to_owned(),
            room: "attic".to_owned(),
            seat: None,
            visits: 0,
            leaves: None,
            revision: Revision::ZERO,
        }
    }
}

/// Numbered in its partition, deleted softly, with a title that nobody else may have.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "shelf#{shelf}",
    sort = "paper#{number}",
    index(by_topic, partition = "topic#{topic}", sort = "{number}", projection = keys)
)]
pub(crate) struct Paper {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) shelf: String,
    #[record(sequence)]
    pub(crate) number: u32,
    #[record(unique)]
    pub(crate) title: String,
    pub(crate) topic: Option<String>,
    #[record(deleted)]
    pub(crate) deleted: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
    #[record(updated)]
    pub(crate) updated: Timestamp,
}

impl Paper {
    pub(crate) fn new(title: &str) -> Self {
        Self {
            account: acme(),
            shelf: "s".to_owned(),
            number: 0,
            title: title.to_owned(),
            topic: Some("t".to_owned()),
            deleted: None,
            revision: Revision::ZERO,
            updated: Timestamp::default(),
        }
    }
}

/// Numbered in a scope of its own, which is smaller than its partition.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "shelf#{shelf}", sort = "remark#{round}#{number}")]
pub(crate) struct Remark {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) shelf: String,
    pub(crate) round: u16,
    #[record(sequence = "remarks#{shelf}#{round}")]
    pub(crate) number: u64,
    pub(crate) text: String,
    #[record(revision)]
    pub(crate) revision: Revision,
}

impl Remark {
    pub(crate) fn new(round: u16, text: &str) -> Self {
        Self {
            account: acme(),
            shelf: "s".to_owned(),
            round,
            number: 0,
            text: text.to_owned(),
            revision: Revision::ZERO,
        }
    }
}

/// An event of a shelf's paper.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    stream,
    partition = "shelf#{shelf}",
    sort = "event#{paper}#{number}",
    index(by_kind, partition = "kind#{kind}", sort = "{at}")
)]
pub(crate) struct Event {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) shelf: String,
    pub(crate) paper: u32,
    #[record(sequence)]
    pub(crate) number: u64,
    pub(crate) kind: String,
    pub(crate) text: Option<String>,
    #[record(created)]
    pub(crate) at: Timestamp,
}

impl Event {
    pub(crate) fn new(paper: u32, kind: &str) -> Self {
        Self {
            account: acme(),
            shelf: "s".to_owned(),
            paper,
            number: 0,
            kind: kind.to_owned(),
            text: None,
            at: Timestamp::default(),
        }
    }
}

#[derive(Table)]
#[table(name = "kit.forum", tenant = Account, records(Topic, Counter, Member, Paper, Remark, Event))]
pub(crate) struct Forum;

/// All that lies on a shelf.
#[derive(Collection, Clone, Debug, PartialEq)]
pub(crate) enum ShelfItem {
    Paper(Paper),
    Remark(Remark),
    Event(Event),
}
