//! A field is set to a value of another type.
use keyloom::{Global, Record, Scope, Table};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    title: String,
}

#[derive(Table)]
#[table(name = "desk", records(Task))]
struct Desk;

fn update(desk: &Scope<Desk, Global>) {
    let _ = desk.update(Task::key(1)).set(Task::TITLE, 7);
}

fn main() {}
