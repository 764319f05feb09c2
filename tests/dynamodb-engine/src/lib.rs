//! A DynamoDB engine for keyloom's own tests, and a client whose network fails on command.
//!
//! [`Endpoint::fresh`] gives a test a database that no other test sees: a dynoxide server of its own in
//! this process or, if [`ENDPOINT_VARIABLE`] names a server, tables under a random prefix there.
//! [`Faults`] stands between the SDK and that server, records what passes and loses, delays or forges
//! what a test wants it to.
//!
//! Nothing here needs the caller's async runtime: connections and timers live on a runtime that this
//! crate starts, so that a client works under any executor and its pool outlives no test.

mod endpoint;
pub mod faults;
mod plain;
mod runtime;

pub use endpoint::{ENDPOINT_VARIABLE, Endpoint};
pub use faults::{Fault, Faults};
