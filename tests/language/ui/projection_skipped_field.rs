//! A skipped field in a projection is rejected: it is stored nowhere.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "task#{id}",
    index(by_status, partition = "status#{status}", projection = include(cache))
)]
struct Task {
    id: u32,
    status: String,
    title: String,
    #[record(skip)]
    cache: u32,
}

fn main() {}
