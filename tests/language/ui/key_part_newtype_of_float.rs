//! A newtype of a float is rejected as the float is.
use keyloom::KeyPart;

#[derive(KeyPart)]
struct Price(f64);

fn main() {}
