//! Backends: each executes neutral requests on one engine.
//!
//! A third party writes a backend by implementing [`Engine`], [`Reader`] and [`Backend`], and proves
//! it with the conformance suite (`keyloom-conformance`). The rules it must keep:
//!
//! * It decides nothing. Revisions, stamps, tenants, key text and limits arrive decided; a condition
//!   is checked exactly as the request states it.
//! * A record whose `expires` field is at or before the request's `now` is treated as absent in every
//!   condition and every read. One whose `deleted` field is present is too, unless the request sees
//!   softly deleted records.
//! * A write is applied whole and durable before it is answered, or not at all; [`Backend::write`]
//!   of several writes applies each for itself.
//! * Dropping a future leaves each write applied or not applied, and nothing locked.
//! * Stored data that does not fit is an error from the row's reader, never a panic.

#[cfg(feature = "dynamodb")]
pub mod dynamodb;
pub mod memory;
#[cfg(feature = "sqlite")]
pub mod sqlite;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::error::Error;
use crate::request::{Get, Outcome, Query, Rows, Sweep, Swept, Transacted, Visited, Write};
use crate::schema::TableSchema;

pub use crate::request::Member;

/// A boxed future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An answer that is there, or one to be awaited.
///
/// An engine that answers on the caller's thread does so without a boxed future.
pub enum Reply<'a, T> {
    /// The answer.
    Ready(T),
    /// Taken already.
    Taken,
    /// The answer to come.
    Later(BoxFuture<'a, T>),
}

impl<T> std::fmt::Debug for Reply<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ready(_) => "Ready",
            Self::Taken => "Taken",
            Self::Later(_) => "Later",
        })
    }
}

impl<T: Unpin> Future for Reply<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match std::mem::replace(&mut *self, Self::Taken) {
            Self::Ready(answer) => Poll::Ready(answer),
            Self::Taken => Poll::Pending,
            Self::Later(mut future) => match future.as_mut().poll(context) {
                Poll::Pending => {
                    *self = Self::Later(future);
                    Poll::Pending
                }
                ready @ Poll::Ready(_) => ready,
            },
        }
    }
}

/// Reads; on a backend each for itself, in a read scope all of one moment or later.
pub trait Reader: Send + Sync {
    /// Reads records by key and hands each that exists to `rows`.
    fn get<'a>(&'a self, get: &'a Get<'a>, rows: &'a mut dyn Rows) -> Reply<'a, Result<(), Error>>;

    /// Reads a range in order and hands each record to `rows`.
    ///
    /// A backend may stop early, to bound the time or the size of one step, and then says where to
    /// resume.
    fn query<'a>(
        &'a self,
        query: &'a Query<'a>,
        rows: &'a mut dyn Rows,
    ) -> Reply<'a, Result<Visited, Error>>;
}

/// A backend: one open table on one engine.
pub trait Backend: Reader {
    /// Applies writes, each for itself, and answers each in order.
    ///
    /// An error says that no write was applied (or, by its kind, that this is unknown).
    fn write<'a>(&'a self, writes: &'a [Write<'a>]) -> Reply<'a, Result<Vec<Outcome>, Error>>;

    /// Applies all writes or none, and judges each by what is stored before all of them.
    ///
    /// No two writes are of one record. It adds each to a [`Footprint`](crate::engine::Footprint), and
    /// fails with its error. Of several writes that may not be applied the first is named.
    fn transact<'a>(&'a self, writes: &'a [Write<'a>]) -> Reply<'a, Result<Transacted, Error>>;

    /// Reads records by key, all of them as they are at one moment.
    ///
    /// The places that `rows` is told count on from one get to the next.
    fn snapshot<'a>(
        &'a self,
        gets: &'a [Get<'a>],
        rows: &'a mut dyn Rows,
    ) -> Reply<'a, Result<(), Error>>;

    /// Waits before something is tried again that others were faster at, longer with each try, so that
    /// not all who wait come back at once.
    ///
    /// In one process the others are done by then.
    fn pause(&self, _tries: u32) -> BoxFuture<'_, ()> {
        Box::pin(crate::store::yield_now())
    }

    /// Removes a number of expired records; an engine that does so by itself has nothing to do.
    fn sweep<'a>(&'a self, _sweep: &'a Sweep) -> Reply<'a, Result<Swept, Error>> {
        Reply::Ready(Ok(Swept::default()))
    }

    /// A reader for many reads, each of which sees every write that was answered before this call.
    fn read_scope(&self) -> Reply<'_, Result<Box<dyn Reader + '_>, Error>>;

    /// The largest record in bytes, by keyloom's own count; `None` lifts DynamoDB's limit.
    fn max_record_bytes(&self) -> Option<usize> {
        Some(crate::store::MAX_RECORD_BYTES)
    }
}

/// Something that a table can be opened on.
#[diagnostic::on_unimplemented(
    message = "a table cannot be opened on `{Self}`",
    label = "not an engine",
    note = "an engine is `Memory::new()`, `Sqlite::at(\"…\")`, `DynamoDb::new(client)` or another implementation of `Engine`"
)]
pub trait Engine: Send {
    /// Opens `table`: creates what is missing, refuses what does not fit.
    fn open(
        self: Box<Self>,
        table: &'static TableSchema,
    ) -> BoxFuture<'static, Result<Arc<dyn Backend>, Error>>;
}

/// So that a configuration can choose the engine while the program runs.
impl Engine for Box<dyn Engine> {
    fn open(
        self: Box<Self>,
        table: &'static TableSchema,
    ) -> BoxFuture<'static, Result<Arc<dyn Backend>, Error>> {
        (*self).open(table)
    }
}
