//! A list behind `keys` is rejected: fields besides the keys are included.
use keyloom::Record;

#[derive(Record)]
#[record(
    global,
    partition = "task#{id}",
    index(by_status, partition = "status#{status}", projection = keys(title))
)]
struct Task {
    id: u32,
    status: String,
    title: String,
}

fn main() {}
