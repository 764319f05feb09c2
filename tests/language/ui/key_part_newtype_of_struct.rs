//! A newtype of a type that is no key part is rejected.
use keyloom::KeyPart;

struct Name {
    first: String,
    last: String,
}

#[derive(KeyPart)]
struct Author {
    name: Name,
}

fn main() {}
