//! Nothing of the prelude, and keyloom under another name.
#![deny(warnings)]
#![allow(missing_docs)]
#![no_implicit_prelude]

extern crate keyloom as loom;

pub mod records {
    use super::loom::{Collection, KeyPart, Record, Revision, Table, Timestamp};
    use ::std::collections::BTreeMap;
    use ::std::option::Option;
    use ::std::primitive::{bool, f64, u32};
    use ::std::string::String;

    #[derive(KeyPart)]
    #[key_part(crate = "super::loom")]
    pub struct Shop(String);

    #[derive(KeyPart)]
    #[key_part(crate = "super::loom", rename_all = "snake_case")]
    pub enum Status {
        Open,
        InReview,
    }

    #[derive(Record)]
    #[record(
        crate = "super::loom",
        partition = "order#{id:8}",
        index(by_status, partition = "status#{status}", sort = "{name:norm}"),
        index(by_name, partition = "names", sort = "{name}", unique)
    )]
    pub struct Order {
        #[record(tenant)]
        pub shop: Shop,
        pub id: u32,
        pub status: Status,
        pub name: Option<String>,
        pub price: f64,
        pub totals: BTreeMap<String, u32>,
        pub notes: Option<BTreeMap<String, String>>,
        #[record(default)]
        pub paid: bool,
        #[record(skip)]
        pub dirty: bool,
        #[record(revision)]
        pub revision: Revision,
        #[record(created)]
        pub created: Timestamp,
        #[record(updated)]
        pub updated: Timestamp,
        #[record(expires)]
        pub expires: Option<Timestamp>,
    }

    pub fn is_dirty(order: &Order) -> bool {
        order.dirty
    }

    #[derive(Record)]
    #[record(crate = "super::loom", partition = "order#{order:8}", sort = "line#{number}")]
    pub struct Line {
        #[record(tenant)]
        pub shop: Shop,
        pub order: u32,
        pub number: u32,
    }

    #[derive(Record)]
    #[record(
        crate = "super::loom",
        partition = "ticket#{order:8}",
        sort = "{number}",
        unique(place, row, seat)
    )]
    pub struct Ticket {
        #[record(tenant)]
        pub shop: Shop,
        pub order: u32,
        #[record(sequence = "tickets#{order:8}")]
        pub number: u32,
        #[record(unique)]
        pub code: String,
        pub row: u32,
        pub seat: Option<String>,
        #[record(revision)]
        pub revision: Revision,
        #[record(deleted)]
        pub deleted: Option<Timestamp>,
    }

    #[derive(Record)]
    #[record(crate = "super::loom", stream, partition = "order#{order:8}", sort = "event#{number}")]
    pub struct Event {
        #[record(tenant)]
        pub shop: Shop,
        pub order: u32,
        #[record(sequence)]
        pub number: u32,
    }

    #[derive(Collection)]
    #[collection(crate = "super::loom")]
    pub enum Item {
        Order(::std::boxed::Box<Order>),
        Line(Line),
    }

    #[derive(Table)]
    #[table(crate = "super::loom", tenant = Shop, records(Order, Line, Ticket, Event))]
    pub struct Shops;
}

#[::core::prelude::v1::test]
fn compiles() {
    use self::loom::Table;

    let _ = records::is_dirty;
    let _ = records::Order::key(7);
    let _ = records::Order::by_status(records::Status::InReview).name("a");
    let _ = records::Item::partition(7);
    let _ = records::Event::stream(7);
    let _ = records::Ticket::key(7, 1).patch().set(records::Ticket::ROW, 3_u32);
    let _ = records::Shops::schema();
}
