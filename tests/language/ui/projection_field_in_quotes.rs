//! A field in quotes is rejected: a projection names fields, not stored names.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "task#{id}",
    index(by_status, partition = "status#{status}", projection = include("title"))
)]
struct Task {
    id: u32,
    status: String,
    title: String,
}

fn main() {}
