//! Boards with tickets, notes and remarks: revisions, stamps, indexes, a collection.

use keyloom::{Collection, KeyPart, Record, Revision, Table, Timestamp};

use super::{Account, acme};

#[derive(KeyPart, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Open,
    Waiting,
    Closed,
}

/// With revision and both stamps, and three indexes of which two have optional fields.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "board#{board}",
    sort = "ticket#{id}",
    index(by_status, partition = "status#{status}", sort = "{priority}"),
    index(by_owner, partition = "owner#{owner}", sort = "{due}"),
    index(by_change, partition = "changes#{board}", sort = "{updated}")
)]
pub(crate) struct Ticket {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) board: String,
    pub(crate) id: u32,
    pub(crate) status: Status,
    pub(crate) priority: i32,
    pub(crate) owner: Option<String>,
    pub(crate) due: Option<Timestamp>,
    pub(crate) title: String,
    pub(crate) labels: Vec<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
    #[record(created)]
    pub(crate) created: Timestamp,
    #[record(updated)]
    pub(crate) updated: Timestamp,
}

impl Ticket {
    /// A ticket of `acme` that was never stored.
    pub(crate) fn new(board: &str, id: u32) -> Self {
        Self {
            account: acme(),
            board: board.to_owned(),
            id,
            status: Status::Open,
            priority: 0,
            owner: None,
            due: None,
            title: format!("ticket {id}"),
            labels: Vec::new(),
            revision: Revision::ZERO,
            created: Timestamp::default(),
            updated: Timestamp::default(),
        }
    }

    pub(crate) fn titled(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }
}

/// Without a revision, with stamps.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "board#{board}",
    sort = "note#{name}",
    index(by_colour, partition = "colours#{board}", sort = "{colour}")
)]
pub(crate) struct Note {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) board: String,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) colour: Option<String>,
    #[record(created)]
    pub(crate) created: Timestamp,
    #[record(updated)]
    pub(crate) updated: Timestamp,
}

impl Note {
    pub(crate) fn new(board: &str, name: &str, text: &str) -> Self {
        Self {
            account: acme(),
            board: board.to_owned(),
            name: name.to_owned(),
            text: text.to_owned(),
            colour: None,
            created: Timestamp::default(),
            updated: Timestamp::default(),
        }
    }
}

/// Nothing but a key and a text.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "board#{board}", sort = "remark#{ticket}#{number}")]
pub(crate) struct Remark {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) board: String,
    pub(crate) ticket: u32,
    pub(crate) number: i16,
    pub(crate) text: String,
}

impl Remark {
    pub(crate) fn new(board: &str, ticket: u32, number: i16) -> Self {
        let text = format!("remark {number}");
        Self { account: acme(), board: board.to_owned(), ticket, number, text }
    }
}

/// With the key of a note, but nobody's.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    global,
    partition = "board#{board}",
    sort = "note#{name}",
    index(by_colour, partition = "colours#{board}", sort = "{colour}")
)]
pub(crate) struct Notice {
    pub(crate) board: String,
    pub(crate) name: String,
    pub(crate) colour: Option<String>,
    pub(crate) text: String,
    #[record(revision)]
    pub(crate) revision: Revision,
}

impl Notice {
    pub(crate) fn new(board: &str, name: &str) -> Self {
        Self {
            board: board.to_owned(),
            name: name.to_owned(),
            colour: None,
            text: format!("notice {name}"),
            revision: Revision::ZERO,
        }
    }
}

/// With one value that nobody else may have, and one that is optional besides.
#[expect(clippy::duplicated_attributes, reason = "two indexes are unique")]
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "person#{id}",
    index(one_email, unique, partition = "email#{email:norm}"),
    index(one_seat, unique, partition = "room#{room}", sort = "{seat}")
)]
pub(crate) struct Person {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) id: u32,
    pub(crate) email: String,
    pub(crate) room: String,
    pub(crate) seat: Option<u8>,
    #[record(expires)]
    pub(crate) leaves: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
}

impl Person {
    pub(crate) fn new(id: u32, email: &str) -> Self {
        Self {
            account: acme(),
            id,
            email: email.to_owned(),
            room: "attic".to_owned(),
            seat: None,
            leaves: None,
            revision: Revision::ZERO,
        }
    }
}

#[derive(Table)]
#[table(name = "kit.desk", tenant = Account, records(Ticket, Note, Remark, Notice, Person))]
pub(crate) struct Desk;

/// The members stand in another order than their keys.
#[derive(Collection, Clone, Debug, PartialEq)]
pub(crate) enum BoardItem {
    Ticket(Box<Ticket>),
    Note(Note),
    Remark(Remark),
}

/// Two of the three types of a partition.
#[derive(Collection, Clone, Debug, PartialEq)]
pub(crate) enum Written {
    Remark(Remark),
    Note(Note),
}
