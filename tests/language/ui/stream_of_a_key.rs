//! A stream is asked for by the key of one event.
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

fn read(desk: &Scope<Desk, Global>) {
    let _ = desk.stream(Event::key(1, 1));
}

fn main() {}
