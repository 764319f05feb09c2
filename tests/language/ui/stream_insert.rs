//! An event is inserted: it takes its number by being appended.
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

fn insert(desk: &Scope<Desk, Global>, event: &mut Event) {
    let _ = desk.insert(event);
}

fn main() {}
