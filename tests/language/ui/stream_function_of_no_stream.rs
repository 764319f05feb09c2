//! A name for the function of a stream is rejected where there is none.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "task#{id}", names(stream = "events"))]
struct Task {
    id: u32,
}

fn main() {}
