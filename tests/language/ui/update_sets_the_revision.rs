//! The revision is set by an update: every write moves it by one.
use keyloom::{Global, Record, Revision, Scope, Table};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    title: String,
    #[record(revision)]
    revision: Revision,
}

#[derive(Table)]
#[table(name = "desk", records(Task))]
struct Desk;

fn update(desk: &Scope<Desk, Global>) {
    let _ = desk.update(Task::key(1)).set(Task::REVISION, Revision::ZERO);
}

fn main() {}
