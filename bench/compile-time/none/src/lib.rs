//! Fifty records without a derive of any library.

include!(concat!(env!("OUT_DIR"), "/records.rs"));
