//! A key that lacks a value is rejected: a get reads one record.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{order}", sort = "line#{number}")]
struct Line {
    order: u32,
    number: u32,
}

fn main() {
    let _ = Line::key(7);
}
