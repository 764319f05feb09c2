//! A DynamoDB engine for keyloom's own tests, and a client whose network fails on command.
//!
//! [`Endpoint::fresh`] gives a test a database that no other test sees: a dynoxide server of its own in
//! this process or, if [`ENDPOINT_VARIABLE`] names a server, tables under a random prefix there.
//! [`Faults`] stands between the SDK and that server, records what passes and loses, delays or forges
//! what a test wants it to.
//!
//! # Differences from AWS's documentation
//!
//! Every test runs on both engines as it is. What they are known to differ in, and what finds it:
//!
//! * dynoxide takes an empty bound of a sort key, which DynamoDB refuses; `ranges::*` and `kinds::*` of the
//!   conformance suite fail on ministack if a request has one.
//! * dynoxide takes an index key that is too long; keyloom checks it before (`limits::*`).
//! * ministack takes a filter on a key attribute; `filters::*` fail on dynoxide if a request has one.
//! * Neither throttles, leaves a part of a batch undone, raises a transaction conflict, or has an index
//!   that lags behind: [`Faults`] does.
//!
//! Nothing here needs the caller's async runtime: connections and timers live on a runtime that this
//! crate starts, so that a client works under any executor and its pool outlives no test.

mod endpoint;
pub mod faults;
mod plain;
mod runtime;

pub use endpoint::{ENDPOINT_VARIABLE, Endpoint};
pub use faults::{Fault, Faults};
