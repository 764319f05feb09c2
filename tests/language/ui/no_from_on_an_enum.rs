//! `no_from` on an enum is rejected: it has no conversions that could be left out.
use keyloom::KeyPart;

#[derive(KeyPart)]
#[key_part(no_from)]
enum Status {
    Open,
    Closed,
}

fn main() {}
