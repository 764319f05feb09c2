//! A field of the primary key in a projection is rejected: every index holds it.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "task#{id}",
    index(by_status, partition = "status#{status}", projection = include(title, id))
)]
struct Task {
    id: u32,
    status: String,
    title: String,
}

fn main() {}
