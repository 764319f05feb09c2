//! What a careful crate denies, over public records and over private ones of which nothing is used.
#![deny(warnings, dead_code, missing_docs, unreachable_pub, unused, missing_debug_implementations)]
#![deny(elided_lifetimes_in_paths, single_use_lifetimes, trivial_casts, unused_qualifications)]
#![deny(unused_results, let_underscore_drop, unsafe_code, macro_use_extern_crate)]

/// A library of records.
pub mod library {
    use keyloom::{Collection, KeyPart, Record, Revision, Table, Timestamp};

    /// A shop.
    #[derive(KeyPart, Clone, Debug, PartialEq)]
    pub struct Shop(String);

    /// Where an order stands.
    #[derive(KeyPart, Clone, Copy, Debug, PartialEq)]
    pub enum Status {
        /// It was placed.
        Open,
        /// It was delivered.
        Closed,
    }

    /// An order.
    #[derive(Record, Clone, Debug, PartialEq)]
    #[record(
        partition = "order#{id:8}",
        index(by_status, partition = "status#{status}", sort = "{updated}"),
        index(by_name, partition = "name#{name:norm}", unique, slot = 3)
    )]
    pub struct Order {
        /// Whose it is.
        #[record(tenant)]
        pub shop: Shop,
        /// Its number.
        pub id: u32,
        /// Where it stands.
        pub status: Status,
        /// Who placed it.
        pub name: Option<String>,
        /// What is to be known.
        #[record(rename = "n", default)]
        pub notes: Vec<String>,
        /// How often it was written.
        #[record(revision)]
        pub revision: Revision,
        /// When it was written first.
        #[record(created)]
        pub created: Timestamp,
        /// When it was written last.
        #[record(updated)]
        pub updated: Timestamp,
    }

    /// A line of an order.
    #[derive(Record, Clone, Debug, PartialEq)]
    #[record(partition = "order#{order:8}", sort = "line#{number}")]
    pub struct Line {
        /// Whose it is.
        #[record(tenant)]
        pub shop: Shop,
        /// The order.
        pub order: u32,
        /// Its place in the order.
        pub number: u16,
    }

    /// A voucher.
    #[derive(Record, Clone, Debug, PartialEq)]
    #[record(partition = "vouchers", sort = "{number}", unique(printed, year, text))]
    pub struct Voucher {
        /// Whose it is.
        #[record(tenant)]
        pub shop: Shop,
        /// The number that it is known by.
        #[record(sequence = "vouchers#{year:4}")]
        pub number: u32,
        /// When it was sold.
        pub year: u16,
        /// What it says.
        pub text: String,
        /// How it is redeemed.
        #[record(unique)]
        pub code: Option<String>,
        /// When it was redeemed.
        #[record(deleted)]
        pub redeemed: Option<Timestamp>,
        /// How often it was written.
        #[record(revision)]
        pub revision: Revision,
    }

    /// What happened to an order.
    #[derive(Record, Clone, Debug, PartialEq)]
    #[record(stream, partition = "order#{order:8}", sort = "event#{number}")]
    pub struct Event {
        /// Whose it is.
        #[record(tenant)]
        pub shop: Shop,
        /// The order.
        pub order: u32,
        /// Its number.
        #[record(sequence)]
        pub number: u64,
        /// What happened.
        pub what: String,
    }

    /// An order and its lines.
    #[derive(Collection, Clone, Debug, PartialEq)]
    pub enum Item {
        /// The order.
        Order(Box<Order>),
        /// A line.
        Line(Line),
    }

    /// All of it.
    #[derive(Table, Debug)]
    #[table(name = "shops", tenant = Shop, records(Order, Line, Voucher, Event))]
    pub struct Shops;

    mod inside {
        use keyloom::{KeyPart, Record};

        #[derive(KeyPart, Debug)]
        pub(crate) struct Id(u64);

        #[derive(Record, Debug)]
        #[record(
            global,
            partition = "secret#{id}",
            sort = "{name}",
            index(by_name, partition = "{name}")
        )]
        pub(crate) struct Secret {
            pub(crate) id: Id,
            pub(crate) name: String,
        }

        #[derive(Record, Debug)]
        #[record(
            global,
            partition = "hidden#{id}",
            sort = "{name}",
            index(by_name, partition = "{name}")
        )]
        pub(super) struct Hidden {
            pub(super) id: u8,
            pub(super) name: String,
        }
    }

    /// How many fields two private records have, which read them.
    #[must_use]
    pub fn private_records() -> usize {
        #[derive(Record)]
        #[record(global, partition = "local#{id}")]
        struct Local {
            id: u32,
        }

        let secret = inside::Secret { id: inside::Id::from(1), name: String::new() };
        let hidden = inside::Hidden { id: 1, name: String::new() };
        let local = Local { id: 1 };
        let _ = (&secret.id, &secret.name, hidden.id, &hidden.name, local.id);
        <inside::Secret as Record>::SCHEMA.fields.len()
            + <inside::Hidden as Record>::SCHEMA.fields.len()
            + <Local as Record>::SCHEMA.fields.len()
    }
}

#[test]
fn compiles() {
    use keyloom::Table;

    assert_eq!(library::private_records(), 5);
    assert_eq!(library::Shops::schema().name, "shops");
}
