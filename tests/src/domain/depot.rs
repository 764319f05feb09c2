//! Parcels, found through indexes that lack fields.

use std::collections::BTreeSet;

use keyloom::{Record, Revision, Table, Timestamp};

use super::{Account, acme};

/// One index of keys alone, one with two fields more, one with everything; it may expire.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "depot#{depot}",
    sort = "parcel#{id}",
    index(by_state, partition = "state#{state}", sort = "{weight}", projection = keys),
    index(by_owner, partition = "owner#{owner}", projection = include(note, tags)),
    index(by_weight, partition = "weights#{depot}", sort = "{weight}")
)]
pub(crate) struct Parcel {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) depot: String,
    pub(crate) id: u32,
    pub(crate) state: String,
    pub(crate) weight: u32,
    pub(crate) owner: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) rooms: Vec<String>,
    pub(crate) price: i64,
    #[record(expires)]
    pub(crate) until: Option<Timestamp>,
    #[record(revision)]
    pub(crate) revision: Revision,
    #[record(updated)]
    pub(crate) updated: Timestamp,
}

impl Parcel {
    pub(crate) fn new(id: u32) -> Self {
        Self {
            account: acme(),
            depot: "north".to_owned(),
            id,
            state: "open".to_owned(),
            weight: 100 - id % 10,
            owner: (!id.is_multiple_of(4)).then(|| "zoe".to_owned()),
            note: id.is_multiple_of(3).then(|| format!("note {id}")),
            tags: [format!("t{}", id % 2)].into(),
            rooms: vec![format!("room {}", id % 5)],
            price: i64::from(id) - 10,
            until: None,
            revision: Revision::ZERO,
            updated: Timestamp::default(),
        }
    }
}

#[derive(Table)]
#[table(name = "kit.depot", tenant = Account, records(Parcel))]
pub(crate) struct Depot;
