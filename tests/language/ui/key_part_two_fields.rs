//! A struct of two fields as a key part is rejected: each field stands in a key by itself.
use keyloom::KeyPart;

#[derive(KeyPart)]
struct Place(u32, u32);

fn main() {}
