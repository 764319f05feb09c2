//! A unit struct is rejected: a record stores its fields.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order")]
struct Order;

fn main() {}
