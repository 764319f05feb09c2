//! A table that lists no records is rejected: it would store nothing.
use keyloom::Table;

#[derive(Table)]
#[table(name = "shops")]
struct Shops;

fn main() {}
