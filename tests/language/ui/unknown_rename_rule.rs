//! A misspelt rule of `rename_all` is rejected, and the right one suggested.
use keyloom::KeyPart;

#[derive(KeyPart)]
#[key_part(rename_all = "snakecase")]
enum Status {
    Open,
    InReview,
}

fn main() {}
