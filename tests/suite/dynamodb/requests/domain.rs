//! A small shop: every role, an index of each projection, a unique index, a collection.

use std::collections::BTreeSet;

use keyloom::{Collection, KeyPart, Record, Revision, Table, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(KeyPart, Clone, Debug, PartialEq)]
pub(super) struct Account(String);

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) struct Address {
    pub(super) street: String,
    pub(super) number: u16,
}

/// With revision, stamps, and indexes of which one lacks fields.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "customer#{customer}",
    sort = "order#{id}",
    index(by_state, partition = "state#{state}", sort = "{updated}"),
    index(by_due, partition = "due", sort = "{due}", projection = keys)
)]
pub(super) struct Order {
    #[record(tenant)]
    pub(super) account: Account,
    pub(super) customer: String,
    pub(super) id: u32,
    pub(super) state: String,
    pub(super) due: Option<Timestamp>,
    pub(super) paid: bool,
    pub(super) weight: f64,
    pub(super) tags: BTreeSet<String>,
    pub(super) address: Option<Address>,
    #[record(revision)]
    pub(super) revision: Revision,
    #[record(created)]
    pub(super) created: Timestamp,
    #[record(updated)]
    pub(super) updated: Timestamp,
}

impl Order {
    pub(super) fn new(id: u32) -> Self {
        Self {
            account: Account::from("acme"),
            customer: "zoe".to_owned(),
            id,
            state: "open".to_owned(),
            due: None,
            paid: false,
            weight: 1.5,
            tags: BTreeSet::new(),
            address: None,
            revision: Revision::ZERO,
            created: Timestamp::default(),
            updated: Timestamp::default(),
        }
    }
}

/// Without a revision; expires.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "customer#{customer}", sort = "cart#{name}")]
pub(super) struct Cart {
    #[record(tenant)]
    pub(super) account: Account,
    pub(super) customer: String,
    pub(super) name: String,
    pub(super) items: Vec<String>,
    #[record(expires)]
    pub(super) until: Option<Timestamp>,
    #[record(created)]
    pub(super) created: Timestamp,
}

impl Cart {
    pub(super) fn new(name: &str, until: Option<Timestamp>) -> Self {
        Self {
            account: Account::from("acme"),
            customer: "zoe".to_owned(),
            name: name.to_owned(),
            items: vec!["rye".to_owned()],
            until,
            created: Timestamp::default(),
        }
    }
}

/// With a unique value.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "user#{id}", index(one_email, unique, partition = "email#{email:norm}"))]
pub(super) struct User {
    #[record(tenant)]
    pub(super) account: Account,
    pub(super) id: u32,
    pub(super) email: String,
    pub(super) name: String,
    #[record(revision)]
    pub(super) revision: Revision,
}

impl User {
    pub(super) fn new(id: u32, email: &str) -> Self {
        Self {
            account: Account::from("acme"),
            id,
            email: email.to_owned(),
            name: "Zoë".to_owned(),
            revision: Revision::ZERO,
        }
    }
}

/// What updates change in every way; an index whose key they know.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "stock#{bakery}",
    sort = "{name}",
    index(by_shelf, partition = "shelf#{shelf}", sort = "{name}")
)]
pub(super) struct Stock {
    #[record(tenant)]
    pub(super) account: Account,
    pub(super) bakery: String,
    pub(super) name: String,
    pub(super) shelf: String,
    pub(super) loaves: u32,
    pub(super) owner: Option<String>,
    pub(super) note: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) history: Vec<String>,
    pub(super) tags: BTreeSet<String>,
    pub(super) allergens: BTreeSet<String>,
    #[record(revision)]
    pub(super) revision: Revision,
}

impl Stock {
    pub(super) fn new(name: &str) -> Self {
        Self {
            account: Account::from("acme"),
            bakery: "main".to_owned(),
            name: name.to_owned(),
            shelf: "left".to_owned(),
            loaves: 10,
            owner: None,
            note: Some("fresh".to_owned()),
            labels: Vec::new(),
            history: Vec::new(),
            tags: BTreeSet::new(),
            allergens: BTreeSet::from(["nuts".to_owned()]),
            revision: Revision::ZERO,
        }
    }
}

/// Deleted softly, with a unique value.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "recipes", sort = "{id}")]
pub(super) struct Recipe {
    #[record(tenant)]
    pub(super) account: Account,
    pub(super) id: u32,
    #[record(unique)]
    pub(super) title: String,
    #[record(deleted)]
    pub(super) deleted: Option<Timestamp>,
    #[record(revision)]
    pub(super) revision: Revision,
}

impl Recipe {
    pub(super) fn new(id: u32, title: &str) -> Self {
        let (account, title) = (Account::from("acme"), title.to_owned());
        Self { account, id, title, deleted: None, revision: Revision::ZERO }
    }
}

/// Numbered.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "desk#{desk}", sort = "{number}")]
pub(super) struct Ticket {
    #[record(tenant)]
    pub(super) account: Account,
    pub(super) desk: u32,
    #[record(sequence)]
    pub(super) number: u64,
    #[record(revision)]
    pub(super) revision: Revision,
}

impl Ticket {
    pub(super) fn new(desk: u32) -> Self {
        Self { account: Account::from("acme"), desk, number: 0, revision: Revision::ZERO }
    }
}

/// Appended to a stream.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(stream, partition = "till#{till}", sort = "{number}")]
pub(super) struct Entry {
    #[record(tenant)]
    pub(super) account: Account,
    pub(super) till: u32,
    #[record(sequence)]
    pub(super) number: u64,
    pub(super) cents: i64,
}

impl Entry {
    pub(super) fn new(till: u32, cents: i64) -> Self {
        Self { account: Account::from("acme"), till, number: 0, cents }
    }
}

#[derive(Table)]
#[table(
    name = "shop",
    tenant = Account,
    records(Order, Cart, User, Stock, Recipe, Ticket, Entry)
)]
pub(super) struct Shop;

#[derive(Collection, Clone, Debug, PartialEq)]
pub(super) enum OfCustomer {
    Order(Box<Order>),
    Cart(Cart),
}

#[derive(Collection, Clone, Debug, PartialEq)]
pub(super) enum OfDesk {
    Ticket(Ticket),
}

#[derive(Collection, Clone, Debug, PartialEq)]
pub(super) enum OfBakery {
    Stock(Stock),
}
