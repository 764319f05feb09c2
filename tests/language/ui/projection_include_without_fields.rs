//! An `include` without a list is rejected: it says nothing of what the index holds.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "task#{id}",
    index(by_status, partition = "status#{status}", projection = include)
)]
struct Task {
    id: u32,
    status: String,
    title: String,
}

fn main() {}
