//! Examples of keyloom: `cargo run --example quickstart`.
