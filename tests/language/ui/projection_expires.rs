//! The field by which a record expires is rejected in a projection: every index holds it.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "task#{id}",
    index(by_status, partition = "status#{status}", projection = include(until))
)]
struct Task {
    id: u32,
    status: String,
    title: String,
    #[record(expires)]
    until: keyloom::Timestamp,
}

fn main() {}
