//! Tests of the SQLite backend alone; what every backend must do is the conformance suite's.

mod concurrency;
mod fixture;
mod opening;
mod plans;
mod reads;
mod schemas;
mod statements;
mod writes;
