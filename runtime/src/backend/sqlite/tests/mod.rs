//! Tests of the SQLite backend alone; what every backend must do is the conformance suite's.

mod both;
mod concurrency;
mod fixture;
mod opening;
mod patches;
mod plans;
mod programs;
mod reads;
mod schemas;
mod soft;
mod statements;
mod sweeps;
mod transactions;
mod writes;
