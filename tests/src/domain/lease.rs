//! Records that expire.

use keyloom::{Record, Revision, Table, Timestamp};

use super::{Account, acme};

/// Expires where it says so; with revision, stamps, an index and a unique one.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "place#{place}",
    sort = "lease#{slot}",
    index(by_holder, partition = "holder#{holder}", sort = "{slot}"),
    index(one_badge, unique, partition = "badge#{badge}")
)]
pub(crate) struct Lease {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) place: String,
    pub(crate) slot: u32,
    pub(crate) holder: String,
    pub(crate) badge: Option<String>,
    pub(crate) memo: Option<String>,
    #[record(expires)]
    pub(crate) until: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
    #[record(created)]
    pub(crate) created: Timestamp,
    #[record(updated)]
    pub(crate) updated: Timestamp,
}

impl Lease {
    pub(crate) fn new(slot: u32, until: Option<Timestamp>) -> Self {
        Self {
            account: acme(),
            place: "hall".to_owned(),
            slot,
            holder: "zoe".to_owned(),
            badge: None,
            memo: None,
            until,
            revision: Revision::ZERO,
            created: Timestamp::default(),
            updated: Timestamp::default(),
        }
    }
}

/// Always expires; without a revision.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "place#{place}", sort = "draft#{name}")]
pub(crate) struct Draft {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) place: String,
    pub(crate) name: String,
    pub(crate) text: Option<String>,
    #[record(expires)]
    pub(crate) until: Timestamp,
    #[record(created)]
    pub(crate) created: Timestamp,
}

impl Draft {
    pub(crate) fn new(name: &str, text: Option<&str>, until: Timestamp) -> Self {
        Self {
            account: acme(),
            place: "hall".to_owned(),
            name: name.to_owned(),
            text: text.map(str::to_owned),
            until,
            created: Timestamp::default(),
        }
    }
}

#[derive(Table)]
#[table(name = "kit.rental", tenant = Account, records(Lease, Draft))]
pub(crate) struct Rental;
