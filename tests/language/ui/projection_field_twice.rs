//! A field twice in a projection is rejected: an index holds it once.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "task#{id}",
    index(by_status, partition = "status#{status}", projection = include(title, title))
)]
struct Task {
    id: u32,
    status: String,
    title: String,
}

fn main() {}
