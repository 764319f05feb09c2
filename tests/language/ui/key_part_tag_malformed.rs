//! A tag with `#` is rejected: tags stand in keys as they are.
use keyloom::KeyPart;

#[derive(KeyPart)]
enum Language {
    Rust,
    #[key_part(rename = "C#")]
    CSharp,
}

fn main() {}
