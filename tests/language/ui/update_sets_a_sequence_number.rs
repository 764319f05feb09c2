//! The number of a sequence is set by an update: keyloom gives each number once.
use keyloom::{Global, Record, Revision, Scope, Table};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    title: String,
    #[record(sequence)]
    number: u64,
    #[record(revision)]
    revision: Revision,
}

#[derive(Table)]
#[table(name = "desk", records(Task))]
struct Desk;

fn update(desk: &Scope<Desk, Global>) {
    let _ = desk.update(Task::key(1)).set(Task::NUMBER, 7_u64);
}

fn main() {}
