//! An unknown field in a projection is rejected: no record has it.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "task#{id}",
    index(by_status, partition = "status#{status}", projection = include(titel))
)]
struct Task {
    id: u32,
    status: String,
    title: String,
}

fn main() {}
