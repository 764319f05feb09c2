//! An index named like a function of the record is rejected: one `impl` holds them all.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", index(key, partition = "customer#{customer}"))]
struct Order {
    id: u32,
    customer: String,
}

fn main() {}
