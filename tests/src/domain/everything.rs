//! A record with a field of every type.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use keyloom::{KeyPart, Record, Revision, Table, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Account, acme, desk::Status};

/// Text of its own type.
#[derive(KeyPart, Clone, Debug, Default, PartialEq)]
pub(crate) struct Label(String);

/// A number of its own type.
#[derive(KeyPart, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cents(i64);

impl Cents {
    pub(crate) const MIN: Self = Self(i64::MIN);
}

/// A tag, whose order is not that of its text.
#[derive(KeyPart, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tag {
    Zebra,
    Ant,
}

/// A nested struct.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub(crate) struct Shape {
    pub(crate) name: String,
    pub(crate) size: (u8, i64),
    pub(crate) weight: Option<f64>,
    pub(crate) inner: Option<Box<Shape>>,
    pub(crate) big: u64,
}

/// An enum with every form of variant.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub(crate) enum Choice {
    #[default]
    Nothing,
    One(i64),
    Two(String, bool),
    Named {
        text: String,
        shape: Shape,
    },
}

/// Serializes to null.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Silent;

/// What an absent `fallback` reads as.
pub(crate) fn fallback() -> i32 {
    -7
}

#[derive(Record, Clone, Debug, Default, PartialEq)]
#[record(partition = "everything", sort = "{id}")]
pub(crate) struct Everything {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) id: u32,
    pub(crate) tiny: i8,
    pub(crate) short: i16,
    pub(crate) middle: i32,
    pub(crate) long: i64,
    pub(crate) endless: i128,
    pub(crate) byte: u8,
    pub(crate) word: u16,
    pub(crate) double: u32,
    pub(crate) quad: u64,
    pub(crate) wide: u128,
    pub(crate) flag: bool,
    pub(crate) single: f32,
    pub(crate) real: f64,
    pub(crate) text: String,
    pub(crate) blob: Vec<u8>,
    pub(crate) moment: Timestamp,
    pub(crate) status: Option<Status>,
    pub(crate) label: Label,
    pub(crate) price: Cents,
    pub(crate) letter: Option<char>,
    pub(crate) maybe_number: Option<i64>,
    pub(crate) maybe_wide: Option<u128>,
    pub(crate) maybe_flag: Option<bool>,
    pub(crate) maybe_single: Option<f32>,
    pub(crate) maybe_real: Option<f64>,
    pub(crate) maybe_text: Option<String>,
    pub(crate) maybe_blob: Option<Vec<u8>>,
    pub(crate) maybe_moment: Option<Timestamp>,
    pub(crate) maybe_label: Option<Label>,
    pub(crate) list: Vec<String>,
    pub(crate) numbers: Vec<i64>,
    pub(crate) grid: Vec<Vec<f64>>,
    pub(crate) singles: [f32; 3],
    pub(crate) pair: (u8, String),
    pub(crate) map: BTreeMap<String, i64>,
    pub(crate) by_number: BTreeMap<u32, Vec<Choice>>,
    pub(crate) hashed: HashMap<String, Shape>,
    pub(crate) shape: Shape,
    pub(crate) choice: Choice,
    pub(crate) choices: Vec<Choice>,
    pub(crate) words: BTreeSet<String>,
    pub(crate) primes: BTreeSet<i64>,
    pub(crate) hashes: HashSet<Vec<u8>>,
    pub(crate) tags: BTreeSet<Tag>,
    pub(crate) pairs: BTreeSet<(u8, String)>,
    pub(crate) silent: Silent,
    pub(crate) maybe_list: Option<Vec<String>>,
    pub(crate) maybe_shape: Option<Shape>,
    pub(crate) maybe_silent: Option<Silent>,
    #[expect(clippy::option_option, reason = "`Some(None)` is a value of its own")]
    pub(crate) twice_maybe: Option<Option<u32>>,
    pub(crate) r#type: String,
    #[record(rename = "short-name")]
    pub(crate) renamed_to_something_shorter: String,
    #[record(default)]
    pub(crate) defaulted: String,
    #[record(default = "fallback")]
    pub(crate) fallback: i32,
    #[record(skip)]
    pub(crate) skipped: u32,
    #[record(revision)]
    pub(crate) revision: Revision,
}

impl Default for Account {
    fn default() -> Self {
        acme()
    }
}

impl Everything {
    pub(crate) fn new(id: u32) -> Self {
        Self { id, ..Self::default() }
    }
}

#[derive(Table)]
#[table(name = "kit.everything", tenant = Account, records(Everything))]
pub(crate) struct Warehouse;
