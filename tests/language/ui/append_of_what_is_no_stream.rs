//! A record that is no stream is appended: nothing numbers it.
use keyloom::{Global, Record, Scope, Table};

#[derive(Record)]
#[record(global, partition = "task#{id}")]
struct Task {
    id: u32,
}

#[derive(Table)]
#[table(name = "desk", records(Task))]
struct Desk;

fn append(desk: &Scope<Desk, Global>, task: &mut Task) {
    let _ = desk.transaction().append(task);
}

fn main() {}
