//! The mark of a soft delete is removed by an update: `restore` does that.
use keyloom::{Global, Record, Revision, Scope, Table, Timestamp};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    title: String,
    #[record(deleted)]
    deleted: Option<Timestamp>,
    #[record(revision)]
    revision: Revision,
}

#[derive(Table)]
#[table(name = "desk", records(Task))]
struct Desk;

fn update(desk: &Scope<Desk, Global>) {
    let _ = desk.update(Task::key(1)).remove(Task::DELETED);
}

fn main() {}
