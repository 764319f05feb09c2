//! [`Open`]: opens a table on an engine.

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use super::cursor::Seal;
use super::{Core, Store};
use crate::backend::{BoxFuture, Engine};
use crate::clock::{Clock, SystemClock};
use crate::error::Result;
use crate::record::Table;

/// A table that is about to be opened; awaited, it is the [`Store`].
#[must_use = "a table is opened when this is awaited"]
pub struct Open<T> {
    engine: Box<dyn Engine>,
    clock: Arc<dyn Clock>,
    seal: Seal,
    table: PhantomData<fn() -> T>,
}

impl<T: Table> Open<T> {
    pub(crate) fn new(engine: Box<dyn Engine>) -> Self {
        Self { engine, clock: Arc::new(SystemClock), seal: Seal::default(), table: PhantomData }
    }

    /// Takes the time of stamps and expiry from this clock instead of the system's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Signs cursors with HMAC-SHA256 under this key, so that nobody without it can make one.
    ///
    /// Without a key a cursor has a checksum only: a forged one still reaches nothing outside its
    /// scope's tenant and its query's range.
    #[cfg(feature = "signed-cursors")]
    pub fn cursor_key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.seal = Seal::Signature(key.into());
        self
    }
}

impl<T: Table> std::fmt::Debug for Open<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").field("table", &T::SCHEMA.name).finish_non_exhaustive()
    }
}

impl<T: Table> IntoFuture for Open<T> {
    type Output = Result<Store<T>>;
    type IntoFuture = BoxFuture<'static, Result<Store<T>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let backend = self.engine.open(T::SCHEMA).await?;
            let (clock, seal) = (self.clock, self.seal);
            let lines = super::events::Lines::default();
            let numbers = super::sequence::Given::default();
            let core = Core { backend, table: T::SCHEMA, clock, seal, lines, numbers };
            Ok(Store { core: Arc::new(core), table: PhantomData })
        })
    }
}
