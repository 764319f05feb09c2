//! `{self.id}`, as in `format!`, is rejected: a placeholder names a field.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{self.id}")]
struct Order {
    id: u32,
}

fn main() {
    let _ = Order::key(1);
}
