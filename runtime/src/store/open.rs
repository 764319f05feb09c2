//! [`Open`]: opens a table on an engine.

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

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
    table: PhantomData<fn() -> T>,
}

impl<T: Table> Open<T> {
    pub(crate) fn new(engine: Box<dyn Engine>) -> Self {
        Self { engine, clock: Arc::new(SystemClock), table: PhantomData }
    }

    /// Takes the time of stamps and expiry from this clock instead of the system's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
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
            let core = Core { backend, table: T::SCHEMA, clock: self.clock };
            Ok(Store { core: Arc::new(core), table: PhantomData })
        })
    }
}
