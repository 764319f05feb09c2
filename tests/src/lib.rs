//! The conformance suite of keyloom: one test body for each behaviour, for any backend.
//!
//! A backend is right when every body passes on it. The bodies see nothing of an engine but
//! [`keyloom::engine::Engine`], name none, and need no async runtime. An author of a backend says
//! how to get a fresh and empty database, and [`suite!`] makes a test of every body:
//!
//! ```
//! use keyloom::engine::Engine;
//! use keyloom::memory::Memory;
//! use keyloom_conformance::Database;
//!
//! /// A database in memory: clones of an engine share their tables.
//! struct InMemory(Memory);
//!
//! impl Database for InMemory {
//!     fn engine(&self) -> Box<dyn Engine> {
//!         Box::new(self.0.clone())
//!     }
//! }
//!
//! mod memory {
//!     # use super::*;
//!     keyloom_conformance::suite!(|| InMemory(Memory::new()));
//! }
//! # fn main() {}
//! ```
//!
//! The tests run on this crate's own [`block_on`]. An engine that needs an async runtime hands in
//! the attribute of its tests: `suite!(#[tokio::test(flavor = "multi_thread")] …)`. An engine with
//! indexes that lag behind says so in [`Database::index_lag`]: what bodies assert about an index, they
//! assert through [`eventually`]. The bodies of one engine may run at the same time, each on a
//! database of its own. Time in them is a manual clock that begins at [`second(0)`](second). [`BODIES`] lists them for a runner of another kind.
//!
//! A body that fails panics; the message says what was found and what was expected. None is optional
//! and none can be switched off.

#[macro_use]
mod list;

mod bodies;
mod check;
mod domain;
mod future;
mod harness;
mod ways;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub use bodies::BODIES;
pub use domain::second;
pub use future::{block_on, poll_times};
pub use harness::{Database, Harness, eventually};

/// A body that runs.
type Running<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// One behaviour, and how it is proved.
#[derive(Clone, Copy)]
pub struct Body {
    /// Its name: `module::function`.
    pub name: &'static str,
    run: fn(&dyn Database) -> Running<'_>,
}

impl Body {
    /// Runs the body on a fresh database of the harness.
    ///
    /// # Panics
    ///
    /// If the backend behaves in another way.
    pub async fn run(&self, harness: &impl Harness) {
        let database = harness.database();
        (self.run)(&*database).await;
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Body").field(&self.name).finish()
    }
}

/// The body with this name, for what [`suite!`] expands to.
#[doc(hidden)]
#[must_use]
pub fn body(name: &str) -> &'static Body {
    match BODIES.iter().find(|body| body.name == name) {
        Some(body) => body,
        None => panic!("the suite has no body `{name}`"),
    }
}
