//! An enum without variants as a key part is rejected: no key can hold it.
use keyloom::KeyPart;

#[derive(KeyPart)]
enum Status {}

fn main() {}
