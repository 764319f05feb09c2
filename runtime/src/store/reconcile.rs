//! Writes whose outcome is unknown, and how it is found out later.

use std::sync::Arc;

use super::Stamps;
use super::update::decoded;
use super::write::{refusal, unanswered};
use crate::Revision;
use crate::error::{Error, Result};
use crate::record::Record;
use crate::request::{Expect, Outcome, Pending};
use crate::value::Row;

/// What an error of the kind `UnknownOutcome` carries, so that the write can be reconciled.
#[derive(Clone)]
pub(crate) struct Unsettled {
    pub(super) pending: Arc<dyn Pending>,
    pub(super) expected: Revision,
    pub(super) expect: Expect,
    /// What a put decided; `None` for a delete.
    pub(super) stamps: Option<Stamps>,
    /// The record that an update inserts.
    pub(super) inserted: Option<Row>,
}

/// The error of a shared write once more, for another of those who share it.
pub(super) fn again(error: &Error) -> Error {
    match error.unsettled::<Unsettled>() {
        Some(unsettled) => error.repeated().with_unsettled(unsettled.clone()),
        None => error.repeated(),
    }
}

impl Unsettled {
    pub(super) fn transaction(pending: Arc<dyn Pending>) -> Self {
        let (expected, expect) = (Revision::ZERO, Expect::Anything);
        Self { pending, expected, expect, stamps: None, inserted: None }
    }

    async fn outcome<R: Record>(self, error: Error) -> Result<(Outcome, Self)> {
        match self.pending.reconcile().await? {
            Outcome::Unknown { pending, .. } => Err(error.with_unsettled(Self { pending, ..self })),
            refused @ (Outcome::Refused { .. } | Outcome::NotUnique { .. }) => {
                Err(refusal::<R>(self.expected, self.expect, refused))
            }
            outcome => Ok((outcome, self)),
        }
    }
}

impl Error {
    /// Finds out what became of an insert or a save whose outcome is unknown.
    ///
    /// `Ok` says that it was applied, and `record` takes over its revision and stamps; `record` is the
    /// struct as it was handed to the write. Any other error than `UnknownOutcome` says that it was not
    /// applied. An error that carries no write to reconcile is returned as it is.
    ///
    /// A compare-and-set is sent once more, which never applies it twice. An insert and a write without
    /// a condition are only looked for: sent again, they could bring a record back that somebody has
    /// deleted meanwhile, or undo what others have written. What is not found may stay unknown.
    ///
    /// ```
    /// # use keyloom::{ErrorKind, Scope, InScope, ListedIn, Table, Writable};
    /// # async fn run<T, R, K: 'static>(scope: Scope<T, K>, mut record: R) -> keyloom::Result<()>
    /// # where T: Table, R: Writable + InScope<K> + ListedIn<T> {
    /// match scope.save(&mut record).await {
    ///     Err(error) if error.kind() == ErrorKind::UnknownOutcome => error.reconcile(&mut record).await?,
    ///     saved => saved?,
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn reconcile<R: Record>(mut self, record: &mut R) -> Result<()> {
        let Some(unsettled) = self.take_unsettled::<Unsettled>() else {
            return Err(self);
        };
        let (outcome, unsettled) = unsettled.outcome::<R>(self).await?;
        match (outcome, unsettled.stamps) {
            (Outcome::Applied { created, .. }, Some(stamps)) => {
                record.stamp(&Stamps { created: created.or(stamps.created), ..stamps });
                Ok(())
            }
            (Outcome::Failed(error), _) => Err(error),
            _ => Err(unanswered()),
        }
    }

    /// Finds out what became of a delete whose outcome is unknown; `Ok` says that the record is gone.
    ///
    /// `R` is the record type. The delete is sent once more under the same condition.
    pub async fn reconcile_delete<R: Record>(mut self) -> Result<()> {
        let Some(unsettled) = self.take_unsettled::<Unsettled>() else {
            return Err(self);
        };
        match unsettled.outcome::<R>(self).await?.0 {
            // A soft delete is a patch.
            Outcome::Applied { .. } | Outcome::Patched(_) => Ok(()),
            Outcome::Failed(error) => Err(error),
            _ => Err(unanswered()),
        }
    }

    /// Finds out what became of an update whose outcome is unknown; `Ok` says that it was applied, and
    /// is the record as it is stored now, which others may have written since.
    pub async fn reconcile_update<R: Record>(mut self) -> Result<R> {
        let Some(unsettled) = self.take_unsettled::<Unsettled>() else {
            return Err(self);
        };
        match unsettled.outcome::<R>(self).await? {
            (Outcome::Patched(row), _)
            | (Outcome::Applied { .. }, Unsettled { inserted: Some(row), .. }) => decoded(row),
            (Outcome::Failed(error), _) => Err(error),
            _ => Err(unanswered()),
        }
    }

    /// Finds out what became of a transaction or an append whose outcome is unknown; `Ok` says that it
    /// was committed.
    ///
    /// The callers' structs are as they were before it, and stale then.
    pub async fn reconcile_transaction(mut self) -> Result<()> {
        let Some(unsettled) = self.take_unsettled::<Unsettled>() else {
            return Err(self);
        };
        match unsettled.pending.reconcile().await? {
            Outcome::Applied { .. } => Ok(()),
            Outcome::Failed(error) => Err(error),
            Outcome::Unknown { pending, .. } => {
                Err(self.with_unsettled(Unsettled { pending, ..unsettled }))
            }
            _ => Err(unanswered()),
        }
    }
}
