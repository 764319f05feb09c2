//! Every integration test of keyloom, in one binary.

mod bad_files;
mod child;
mod concurrency;
mod conformance;
mod crowds;
mod durability;
mod dynamodb;
mod evolution;
mod fixtures;
mod processes;
mod programs;
mod signed_cursors;
