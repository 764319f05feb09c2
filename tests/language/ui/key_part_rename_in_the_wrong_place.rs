//! `rename` on the enum is rejected: variants have tags, the enum has none.
use keyloom::KeyPart;

#[derive(KeyPart)]
#[key_part(rename = "lowercase")]
enum Status {
    Open,
    Closed,
}

fn main() {}
