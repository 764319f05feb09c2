//! An amount of another type is added to an integer.
use keyloom::{Global, Record, Scope, Table};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
    title: String,
    hours: u32,
}

#[derive(Table)]
#[table(name = "desk", records(Task))]
struct Desk;

fn update(desk: &Scope<Desk, Global>) {
    let _ = desk.update(Task::key(1)).add(Task::HOURS, 0.5);
}

fn main() {}
