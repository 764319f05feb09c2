//! A collection without variants is rejected: it would read nothing.
use keyloom::Collection;

#[derive(Collection)]
enum Item {}

fn main() {
    let _ = Item::partition("1");
}
