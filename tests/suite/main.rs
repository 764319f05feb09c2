//! Every integration test of keyloom, in one binary.

mod fixtures;
mod conformance;
mod keys;
mod signed_cursors;
mod bad_files;
mod child;
mod durability;
mod evolution;
mod processes;
mod ui;
