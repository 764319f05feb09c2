//! A record that the table does not list is written in a transaction.
use keyloom::{Global, Record, Scope, Table};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
}

#[derive(Record)]
#[record(global, partition = "note#{id}")]
struct Note {
    id: u32,
}

#[derive(Table)]
#[table(name = "desk", records(Task))]
struct Desk;

fn save(desk: &Scope<Desk, Global>, note: &mut Note) {
    let _ = desk.transaction().save(note);
}

fn main() {}
