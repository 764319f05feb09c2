//! A generic key part is rejected: how it is written must be known.
use keyloom::KeyPart;

#[derive(KeyPart)]
struct Id<T>(T);

fn main() {}
