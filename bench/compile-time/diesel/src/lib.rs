//! Fifty records with Diesel.

use diesel::prelude::*;

include!(concat!(env!("OUT_DIR"), "/records.rs"));
