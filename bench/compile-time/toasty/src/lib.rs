//! Fifty records with toasty.

include!(concat!(env!("OUT_DIR"), "/records.rs"));
