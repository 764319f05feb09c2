//! Sweeps: expired records are removed for good.

use std::future::IntoFuture;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::Core;
use crate::backend::BoxFuture;
use crate::error::Result;
use crate::request::Sweep;

/// How many records one step removes.
const STEP: NonZeroUsize = NonZeroUsize::new(500).unwrap();

/// A sweep of a table; awaited, it is how many expired records it removed.
#[must_use = "nothing is removed until this is awaited"]
pub struct SweepExpired<'s> {
    core: &'s Arc<Core>,
}

impl<'s> SweepExpired<'s> {
    pub(super) fn new(core: &'s Arc<Core>) -> Self {
        Self { core }
    }
}

impl std::fmt::Debug for SweepExpired<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SweepExpired").field("table", &self.core.table.name).finish()
    }
}

impl<'s> IntoFuture for SweepExpired<'s> {
    type Output = Result<usize>;
    type IntoFuture = BoxFuture<'s, Result<usize>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let now = self.core.clock.now();
            let expiring = |at: &usize| self.core.table.records[*at].roles.expires.is_some();
            let mut removed = 0;
            for record in (0..self.core.table.records.len()).filter(expiring) {
                let mut sweep = Sweep { record, now, after: None, limit: STEP };
                loop {
                    let swept = self.core.backend.sweep(&sweep).await?;
                    removed += swept.removed;
                    sweep.after = swept.resume;
                    if sweep.after.is_none() {
                        break;
                    }
                    super::query::yield_now().await;
                }
            }
            Ok(removed)
        })
    }
}
