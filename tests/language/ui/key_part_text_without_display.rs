//! A key part with `text` has a text of its own.

use keyloom::KeyPart;

#[derive(KeyPart)]
#[key_part(text)]
struct Size {
    width: u8,
    height: u8,
}

fn main() {}
