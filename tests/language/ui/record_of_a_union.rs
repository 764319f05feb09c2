//! A union is rejected: nobody knows which of its fields to store.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order", sort = "{id}")]
union Order {
    id: u32,
    code: f32,
}

fn main() {}
