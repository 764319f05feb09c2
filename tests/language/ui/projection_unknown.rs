//! A misspelt projection is rejected: it would leave open what the index holds.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "task#{id}",
    index(by_status, partition = "status#{status}", projection = kyes)
)]
struct Task {
    id: u32,
    status: String,
    title: String,
}

fn main() {}
