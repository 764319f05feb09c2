//! The schema item beside the compiled schema.

use std::fmt::Write as _;

use super::super::change::{Change, Kind};
use super::super::evolve::{Evolution, extend, first, index_additions};
use super::super::item::Item;
use super::super::sdk::types::AttributeValue;
use super::super::stored_schema::StoredSchema;
use crate::{Record, Revision, Table, Timestamp};

/// A version of the record `Task` and its table, as a module.
macro_rules! version {
    ($version:ident, [$($layout:tt)*], { $($fields:tt)* }) => {
        #[allow(dead_code, unused_imports, reason = "only the schema is looked at")]
        mod $version {
            use super::*;

            #[derive(Record)]
            #[record($($layout)*)]
            struct Task {
                $($fields)*
            }

            #[derive(Table)]
            #[table(name = "tasks", tenant = String, records(Task))]
            struct Tasks;

            pub(super) fn schema() -> StoredSchema {
                StoredSchema::of(Tasks::schema())
            }
        }
    };
}

version!(base, [
    partition = "list#{list}",
    sort = "t{id}",
    index(by_title, partition = "{list}", sort = "{title:norm}#{count:4}", slot = 1),
    index(by_code, partition = "code#{code}", slot = 2, unique)
], {
    #[record(tenant)]
    owner: String,
    list: String,
    id: u32,
    title: String,
    code: Option<String>,
    count: u16,
    due: Timestamp,
    note: Option<String>,
    #[record(revision)]
    revision: Revision,
});

version!(same, [
    partition = "list#{register}",
    sort = "t{id}",
    index(by_title, partition = "{register}", sort = "{title:norm}#{count:4}", slot = 1),
    index(by_code, partition = "code#{code}", slot = 2, unique)
], {
    #[record(tenant)]
    owner: String,
    // Another name in Rust, another width and another type that are stored alike.
    #[record(rename = "list")]
    register: String,
    id: u32,
    title: String,
    code: Option<String>,
    count: u32,
    due: i64,
    note: Option<String>,
    #[record(revision)]
    revision: Revision,
});

version!(added, [
    partition = "list#{list}",
    sort = "t{id}",
    index(by_title, partition = "{list}", sort = "{title:norm}#{count:4}", slot = 1),
    index(by_code, partition = "code#{code}", slot = 2, unique),
    index(by_due, partition = "due#{list}", sort = "{due}", slot = 3)
], {
    #[record(tenant)]
    owner: String,
    list: String,
    id: u32,
    title: String,
    code: Option<String>,
    count: u16,
    due: Timestamp,
    note: Option<String>,
    color: Option<String>,
    #[record(default)]
    size: u32,
    #[record(revision)]
    revision: Revision,
});

version!(looser, [
    partition = "list#{list}",
    sort = "t{id}"
], {
    #[record(tenant)]
    owner: String,
    list: String,
    id: u32,
    title: String,
    count: Option<u16>,
    due: Timestamp,
    note: Option<String>,
    #[record(revision)]
    revision: Revision,
});

version!(different, [
    global,
    partition = "list#{list}",
    sort = "t{id:12}",
    index(by_title, partition = "{list}", sort = "{title}#{count:4}", slot = 2),
    index(by_code, partition = "code#{code}", slot = 1)
], {
    list: String,
    id: u64,
    title: String,
    code: Option<String>,
    count: i16,
    due: String,
    note: String,
    color: String,
});

fn item_of(change: &Change) -> &Item {
    match &change.kind {
        Kind::Put(item) => item,
        other => panic!("it is put whole: {other:?}"),
    }
}

/// An attribute as text, with its names in order.
fn shown(value: &AttributeValue, depth: usize) -> String {
    let AttributeValue::M(map) = value else {
        return format!("{value:?}");
    };
    let mut names: Vec<&String> = map.keys().collect();
    names.sort();
    names.iter().fold(String::new(), |mut text, name| {
        let space = "  ".repeat(depth + 1);
        write!(text, "\n{space}{name}: {}", shown(&map[*name], depth + 1)).unwrap();
        text
    })
}

#[test]
fn the_schema_item_holds_the_schema() {
    let schema = base::schema();
    let item = item_of(&first(&schema)).clone();
    insta::assert_snapshot!(shown(&AttributeValue::M(item.clone()), 0));
    assert_eq!(StoredSchema::read(&item).unwrap(), schema);
}

#[test]
fn what_is_stored_alike_fits() {
    for (stored, compiled) in [(base::schema(), same::schema()), (same::schema(), base::schema())] {
        let evolution = Evolution::of(&stored, &compiled);
        assert_eq!(evolution.differences, [""; 0]);
        assert!(evolution.additions.is_empty() && evolution.gained.is_empty());
    }
}

#[test]
fn what_adds_is_added() {
    let mut told = String::new();
    let mut tell = |stored: &StoredSchema, compiled: &StoredSchema| {
        let evolution = Evolution::of(stored, compiled);
        assert_eq!(evolution.differences, [""; 0]);
        writeln!(told, "gained: {:?}", evolution.gained).unwrap();
        let entries = index_additions(&evolution.gained, compiled);
        for additions in [evolution.additions, entries] {
            let change = extend(&additions, 7);
            let Kind::Update { update, .. } = &change.kind else {
                panic!("it is an update");
            };
            writeln!(told, "{update}\n  if {}", change.condition.as_deref().unwrap()).unwrap();
        }
    };
    tell(&StoredSchema { encoding: 1, ..StoredSchema::default() }, &base::schema());
    tell(&base::schema(), &added::schema());
    // Who knows less changes nothing but what it may leave out.
    tell(&base::schema().without_slots(&[1, 2]), &looser::schema());
    tell(&base::schema().without_slots(&[2]), &base::schema());
    insta::assert_snapshot!(told);
}

#[test]
fn what_would_lose_or_move_data_is_refused() {
    let mut told = String::new();
    for (stored, compiled) in [
        (base::schema(), different::schema()),
        (different::schema(), base::schema()),
        (StoredSchema { encoding: 2, ..StoredSchema::default() }, base::schema()),
    ] {
        let evolution = Evolution::of(&stored, &compiled);
        writeln!(told, "{}\n", evolution.differences.join("\n")).unwrap();
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_damaged_schema_item_is_named() {
    let whole = item_of(&first(&base::schema())).clone();
    for name in ["encoding", "records"] {
        let mut item = whole.clone();
        item.remove(name);
        let error = StoredSchema::read(&item).unwrap_err().to_string();
        assert!(error.contains(&format!("damaged at `{name}`")), "{error}");
    }
    // Of another encoding nothing else is read.
    let mut item = whole;
    item.insert("encoding".to_owned(), AttributeValue::N("2".to_owned()));
    item.remove("records");
    assert_eq!(StoredSchema::read(&item).unwrap().encoding, 2);
}
