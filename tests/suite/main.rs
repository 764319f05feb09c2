//! Every integration test of keyloom, in one binary.

mod fixtures;
mod keys;
