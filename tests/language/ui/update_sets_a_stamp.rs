//! A stamp is set by an update: the store's clock decides it.
use keyloom::{Global, Record, Scope, Table, Timestamp};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    title: String,
    #[record(updated)]
    updated: Timestamp,
}

#[derive(Table)]
#[table(name = "desk", records(Task))]
struct Desk;

fn update(desk: &Scope<Desk, Global>) {
    let _ = desk.update(Task::key(1)).set(Task::UPDATED, Timestamp::MAX);
}

fn main() {}
