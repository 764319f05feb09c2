//! Options on the field of a newtype are rejected: it has none.
use keyloom::KeyPart;

#[derive(KeyPart)]
struct Shop(#[key_part(rename = "shop")] String);

fn main() {}
