//! A field stored under the name of a key attribute is rejected: DynamoDB's table keeps it.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}")]
struct Order {
    id: u32,
    gsi1pk: String,
}

fn main() {}
