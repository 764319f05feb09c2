//! `rename_all` on a newtype is rejected: it has no variants.
use keyloom::KeyPart;

#[derive(KeyPart)]
#[key_part(rename_all = "snake_case")]
struct Shop(String);

fn main() {}
