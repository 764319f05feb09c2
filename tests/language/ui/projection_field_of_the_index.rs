//! A field of the index's own key in a projection is rejected: the index holds it anyway.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "task#{id}",
    index(by_status, partition = "status#{status}", projection = include(title, status))
)]
struct Task {
    id: u32,
    status: String,
    title: String,
}

fn main() {}
