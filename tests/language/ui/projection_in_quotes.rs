//! A projection in quotes is rejected: it is a word, which the derive knows.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "task#{id}",
    index(by_status, partition = "status#{status}", projection = "keys")
)]
struct Task {
    id: u32,
    status: String,
    title: String,
}

fn main() {}
