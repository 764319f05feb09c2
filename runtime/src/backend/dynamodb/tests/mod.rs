//! Tests of the DynamoDB backend that need no engine.

mod evolving;
mod failures;
mod tables;
