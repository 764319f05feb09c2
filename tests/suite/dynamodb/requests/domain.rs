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

#[derive(Table)]
#[table(name = "shop", tenant = Account, records(Order, Cart, User))]
pub(super) struct Shop;

#[derive(Collection, Clone, Debug, PartialEq)]
pub(super) enum OfCustomer {
    Order(Box<Order>),
    Cart(Cart),
}
