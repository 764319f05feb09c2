//! The tenant in a projection is rejected: every index holds it.
use keyloom::Record;

#[derive(Record)]
#[record(
    partition = "task#{id}",
    index(by_status, partition = "status#{status}", projection = include(owner))
)]
struct Task {
    #[record(tenant)]
    owner: String,
    id: u32,
    status: String,
}

fn main() {}
