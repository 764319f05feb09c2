//! Records, key parts, tables and collections that a user's own macros make.
#![deny(warnings)]
#![allow(missing_docs)]

use keyloom::{Collection, KeyPart, Record, Table};

pub mod types {
    #[derive(keyloom::KeyPart)]
    pub struct Inner(u32);
}

macro_rules! ids {
    ($($name:ident($inner:ty);)*) => {$(
        #[derive(KeyPart)]
        pub struct $name($inner);
    )*};
}

ids! {
    OrderId(String);
    LineId(u32);
}

/// A path of the macro's own crate.
macro_rules! wrapped {
    ($name:ident) => {
        #[derive(KeyPart)]
        pub struct $name($crate::ui::made_by_macros::types::Inner);
    };
}

wrapped!(Wrapped);

macro_rules! status {
    ($name:ident: $($variant:ident = $tag:literal),*) => {
        #[derive(KeyPart)]
        pub enum $name { $(#[key_part(rename = $tag)] $variant),* }
    };
}

status!(Status: Open = "o", Closed = "c");

macro_rules! record {
    ($vis:vis $name:ident at $partition:literal / $sort:expr, $own:literal, $($(#[$meta:meta])* $field:ident: $ty:ty),*) => {
        #[derive(Record)]
        #[record(global, partition = $partition, sort = $sort, index(by_own, partition = $own, sort = "{own}"))]
        $vis struct $name {
            $($(#[$meta])* pub $field: $ty,)*
            pub own: $crate::ui::made_by_macros::types::Inner,
        }
    };
}

record! {
    pub Order at "order#{id}" / "meta", "orders",
    id: OrderId, status: Status, note: Option<String>, #[record(default)] lines: Vec<u32>
}
record! {
    pub Line at "order#{order}" / "line#{id}", "lines",
    order: OrderId, id: LineId, text: Option<Wrapped>
}

macro_rules! table {
    ($name:ident, $text:literal: $($record:ident),*) => {
        #[derive(Table)]
        #[table(name = $text, records($($record),*))]
        pub struct $name;
    };
}

table!(Shops, "shops": Order, Line);

macro_rules! collection {
    ($name:ident: $($record:ident),*) => {
        #[derive(Collection)]
        pub enum $name { $($record($record)),* }
    };
}

collection!(Item: Order, Line);

/// All of it is the macro's, and none of what the derives add to it is used.
macro_rules! hidden {
    ($name:ident) => {
        #[derive(Record)]
        #[record(global, partition = "hidden#{id}", sort = "{name}")]
        #[record(index(by_name, partition = "{name}", projection = include(note)))]
        pub(in crate::ui) struct $name {
            pub(in crate::ui) id: u32,
            pub(in crate::ui) name: String,
            pub(in crate::ui) note: Option<String>,
        }

        #[derive(Record)]
        #[record(global, stream, partition = "hiding#{id}", sort = "{number}")]
        pub(in crate::ui) struct HiddenEvent {
            pub(in crate::ui) id: u32,
            #[record(sequence)]
            pub(in crate::ui) number: u64,
        }

        #[derive(Record)]
        #[record(global, partition = "hiding#{id}", sort = "{number}", unique(text, id, text))]
        pub(in crate::ui) struct HiddenNote {
            pub(in crate::ui) id: u32,
            #[record(sequence = "notes")]
            pub(in crate::ui) number: u64,
            pub(in crate::ui) text: String,
            #[record(revision)]
            pub(in crate::ui) revision: keyloom::Revision,
            #[record(deleted)]
            pub(in crate::ui) deleted: Option<keyloom::Timestamp>,
        }

        #[derive(Collection)]
        pub(in crate::ui) enum Hiding {
            Hidden($name),
        }
    };
}

hidden!(Hidden);

#[test]
fn compiles() {
    let _ = Order::key(OrderId::from("a"));
    let _ = Line::partition(OrderId::from("a")).id(LineId::from(1)..);
    let _ = Item::partition(OrderId::from("a"));
    let _ = Order::by_own().own(types::Inner::from(1));
    assert_eq!(Shops::schema().listed().len(), 2);
    let Hiding::Hidden(hidden) = Hiding::Hidden(Hidden { id: 1, name: String::new(), note: None });
    let event = HiddenEvent { id: 1, number: 2 };
    let (text, revision) = (String::new(), keyloom::Revision::ZERO);
    let note = HiddenNote { id: 1, number: 2, text, revision, deleted: None };
    assert_eq!((event.id, event.number), (note.id, note.number));
    assert_eq!((note.text, note.revision.get(), note.deleted), (String::new(), 0, None));
    assert_eq!((hidden.id, hidden.name, hidden.note), (1, String::new(), None));
}
