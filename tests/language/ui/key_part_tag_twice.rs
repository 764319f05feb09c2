//! One tag for two variants is rejected: it would lead back to one of them only.
use keyloom::KeyPart;

#[derive(KeyPart)]
#[key_part(rename_all = "lowercase")]
enum Status {
    Open,
    OPEN,
}

fn main() {}
