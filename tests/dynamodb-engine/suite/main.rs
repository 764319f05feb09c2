//! The engine and the faults, through the SDK.

mod common;
mod engine;
mod faults;
