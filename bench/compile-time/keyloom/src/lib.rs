//! Fifty records with keyloom.

use keyloom::{OfTenant, Record, Revision, Scope, Table, Timestamp};

include!(concat!(env!("OUT_DIR"), "/records.rs"));
