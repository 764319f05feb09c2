//! A skipped field in a template is rejected: it is not stored, so the key could not be built again.
use keyloom::Record;

#[derive(Record)]
#[record(global, partition = "order#{id}", sort = "{draft}")]
struct Order {
    id: u32,
    #[record(skip)]
    draft: bool,
}

fn main() {}
