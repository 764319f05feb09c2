//! A union as a key part is rejected: nobody knows which of its fields it holds.
use keyloom::KeyPart;

#[derive(KeyPart)]
union Place {
    row: u32,
    seat: u32,
}

fn main() {}
