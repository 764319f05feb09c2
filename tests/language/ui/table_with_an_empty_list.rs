//! A table with an empty list of records is rejected: it would store nothing.
use keyloom::Table;

#[derive(Table)]
#[table(name = "shops", records())]
struct Shops;

fn main() {}
