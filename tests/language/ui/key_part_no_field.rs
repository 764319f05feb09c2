//! A struct without a field as a key part is rejected: it has no value that a key could hold.
use keyloom::KeyPart;

#[derive(KeyPart)]
struct Place;

fn main() {}
