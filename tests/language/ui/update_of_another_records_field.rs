//! An update sets a field of another record.
use keyloom::{Global, Record, Scope, Table};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    title: String,
}

#[derive(Record)]
#[record(global, partition = "note#{id}")]
struct Note {
    id: u32,
    text: String,
}

#[derive(Table)]
#[table(name = "desk", records(Task, Note))]
struct Desk;

fn update(desk: &Scope<Desk, Global>) {
    let _ = desk.update(Task::key(1)).set(Note::TEXT, "…");
}

fn main() {}
