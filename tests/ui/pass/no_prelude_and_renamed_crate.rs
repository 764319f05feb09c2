//! Nothing of the prelude, and keyloom under another name.
#![deny(warnings)]
#![no_implicit_prelude]

extern crate keyloom as loom;

mod records {
    use ::loom::{Collection, KeyPart, Record, Revision, Table, Timestamp};
    use ::std::collections::BTreeMap;
    use ::std::option::Option;
    use ::std::primitive::{bool, f64, u32};
    use ::std::string::String;

    #[derive(KeyPart)]
    #[key_part(crate = "::loom")]
    pub struct Shop(String);

    #[derive(KeyPart)]
    #[key_part(crate = "::loom", rename_all = "snake_case")]
    pub enum Status {
        Open,
        InReview,
    }

    #[derive(Record)]
    #[record(
        crate = "::loom",
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
    #[record(crate = "::loom", partition = "order#{order:8}", sort = "line#{number}")]
    pub struct Line {
        #[record(tenant)]
        pub shop: Shop,
        pub order: u32,
        pub number: u32,
    }

    #[derive(Collection)]
    #[collection(crate = "::loom")]
    pub enum Item {
        Order(::std::boxed::Box<Order>),
        Line(Line),
    }

    #[derive(Table)]
    #[table(crate = "::loom", tenant = Shop, records(Order, Line))]
    pub struct Shops;
}

fn main() {
    use loom::Table;

    let _ = records::is_dirty;
    let _ = records::Order::key(7);
    let _ = records::Order::by_status(records::Status::InReview).name("a");
    let _ = records::Item::partition(7);
    let _ = records::Shops::schema();
}
