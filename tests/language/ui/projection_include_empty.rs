//! An empty `include` is rejected: an index that holds its keys alone says `keys`.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "task#{id}",
    index(by_status, partition = "status#{status}", projection = include())
)]
struct Task {
    id: u32,
    status: String,
    title: String,
}

fn main() {}
