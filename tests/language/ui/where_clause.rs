//! A `where` clause on a record is rejected: without parameters it has nothing to say.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order", sort = "{id}")]
struct Order
where
    String: Clone,
{
    id: u32,
}

fn main() {}
