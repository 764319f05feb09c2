//! Layouts of many forms: what queries and limits are tried on.

use keyloom::{Record, Revision, Table};

use super::{Account, acme};

/// A number in text: it orders as a number.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "line#{line}",
    sort = "stop#{number}",
    index(by_zone, partition = "zones#{line}", sort = "{zone}"),
    index(by_name, partition = "names#{line}", sort = "{name:norm}"),
    index(by_label, partition = "labels#{line}", sort = "{label}"),
    index(all_of, partition = "all#{line}")
)]
pub(crate) struct Stop {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) line: String,
    pub(crate) number: u32,
    pub(crate) zone: i32,
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) weight: Option<f64>,
    pub(crate) flag: Option<bool>,
    pub(crate) code: Option<Vec<u8>>,
}

impl Stop {
    pub(crate) fn new(line: &str, number: u32) -> Self {
        Self {
            account: acme(),
            line: line.to_owned(),
            number,
            zone: 0,
            name: format!("stop {number}"),
            label: None,
            tags: Vec::new(),
            weight: None,
            flag: None,
            code: None,
        }
    }
}

/// Three components in the sort key, two in an index.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "route#{route}",
    sort = "v{major}#{minor}#{name}",
    index(by_cost, partition = "costs#{route}", sort = "{cost}#{name}")
)]
pub(crate) struct Leg {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) route: String,
    pub(crate) major: u16,
    pub(crate) minor: i16,
    pub(crate) name: String,
    pub(crate) cost: i64,
}

impl Leg {
    pub(crate) fn new(major: u16, minor: i16, name: &str) -> Self {
        let (route, name) = ("r".to_owned(), name.to_owned());
        Self { account: acme(), route, major, minor, name, cost: 0 }
    }
}

/// Text that is searched by its beginning.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "words#{list}",
    sort = "{text}",
    index(by_word, partition = "index#{list}", sort = "w{text}")
)]
pub(crate) struct Word {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) list: String,
    pub(crate) text: String,
}

impl Word {
    pub(crate) fn new(list: &str, word: &str) -> Self {
        Self { account: acme(), list: list.to_owned(), text: word.to_owned() }
    }
}

/// Optional fields in the primary key.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "house#{wing}",
    sort = "room#{floor}#{door}",
    index(by_door, partition = "doors", sort = "{door}")
)]
pub(crate) struct Room {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) wing: Option<String>,
    pub(crate) floor: Option<i8>,
    pub(crate) door: Option<String>,
    pub(crate) beds: u8,
}

impl Room {
    pub(crate) fn new(wing: Option<&str>, floor: Option<i8>, door: Option<&str>) -> Self {
        let (wing, door) = (wing.map(str::to_owned), door.map(str::to_owned));
        Self { account: acme(), wing, floor, door, beds: 1 }
    }
}

/// A width, and a normalised primary key.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "grid#{sheet:norm}", sort = "cell#{row:4}#{column:norm}")]
pub(crate) struct Cell {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) sheet: String,
    pub(crate) row: i64,
    pub(crate) column: String,
    pub(crate) value: u64,
}

impl Cell {
    pub(crate) fn new(sheet: &str, row: i64, column: &str) -> Self {
        let (sheet, column) = (sheet.to_owned(), column.to_owned());
        Self { account: acme(), sheet, row, column, value: 0 }
    }
}

/// Nothing but a key, and no index that would limit it more.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "place#{town}", sort = "{name}")]
pub(crate) struct Place {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) town: String,
    pub(crate) name: String,
}

impl Place {
    pub(crate) fn new(town: &str, name: &str) -> Self {
        Self { account: acme(), town: town.to_owned(), name: name.to_owned() }
    }
}

/// Its partition key is one text, which must not be empty.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "{name}", sort = "{part}", index(by_alias, partition = "{alias}"))]
pub(crate) struct Bare {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) name: String,
    pub(crate) part: String,
    pub(crate) alias: Option<String>,
    pub(crate) data: Vec<u8>,
    #[record(revision)]
    pub(crate) revision: Revision,
}

impl Bare {
    pub(crate) fn new(name: &str, part: &str) -> Self {
        Self {
            account: acme(),
            name: name.to_owned(),
            part: part.to_owned(),
            alias: None,
            data: Vec::new(),
            revision: Revision::ZERO,
        }
    }
}

/// There is one of it for each tenant.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "only#one#of#it")]
pub(crate) struct Only {
    #[record(tenant)]
    pub(crate) account: Account,
    pub(crate) motto: String,
}

#[derive(Table)]
#[table(name = "kit.atlas", tenant = Account, records(Stop, Leg, Word, Room, Cell, Place, Only))]
pub(crate) struct Atlas;

/// A table of its own, because a bare placeholder meets every other layout.
#[derive(Table)]
#[table(name = "kit.bare", tenant = Account, records(Bare))]
pub(crate) struct Cupboard;
