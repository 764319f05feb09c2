//! A tuple struct is rejected: keys and columns are named after fields.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order")]
struct Order(u32, String);

fn main() {}
