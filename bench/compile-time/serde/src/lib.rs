//! Fifty records with serde, to and from JSON text.

include!(concat!(env!("OUT_DIR"), "/records.rs"));
