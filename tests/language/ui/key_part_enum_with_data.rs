//! An enum with data as a key part is rejected: the key would lose the data.
use keyloom::KeyPart;

#[derive(KeyPart)]
enum Status {
    Open,
    Closed(u32),
}

fn main() {}
