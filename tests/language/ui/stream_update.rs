//! An event is updated: events are never changed.
use keyloom::{Global, Record, Scope, Table};

#[derive(Record)]
#[record(stream, global, partition = "task#{task}", sort = "event#{number}")]
struct Event {
    task: u32,
    #[record(sequence)]
    number: u64,
}

#[derive(Table)]
#[table(name = "desk", records(Event))]
struct Desk;

fn update(desk: &Scope<Desk, Global>) {
    let _ = desk.update(Event::key(1, 1));
}

fn main() {}
