//! An empty tag is rejected: in a key it means `None`.
use keyloom::KeyPart;

#[derive(KeyPart)]
enum Language {
    Rust,
    #[key_part(rename = "")]
    Unknown,
}

fn main() {}
