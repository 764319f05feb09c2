//! Two records of one table that can produce the same key are rejected: one would overwrite the other.
use keyloom::{Record, Table};

#[derive(Record)]
#[record(global, partition = "order#{order}", sort = "{name}")]
struct Line {
    order: u32,
    name: String,
}

#[derive(Record)]
#[record(global, partition = "order#{order}", sort = "note")]
struct Note {
    order: u32,
    text: String,
}

#[derive(Table)]
#[table(name = "shops", records(Line, Note))]
struct Shops;

fn main() {}
