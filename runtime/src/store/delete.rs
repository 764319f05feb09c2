//! Deletes: one record, by reference or by key, and many by key.

use std::collections::HashSet;
use std::future::IntoFuture;

use super::Source;
use super::reconcile::Unsettled;
use super::write::{Answers, BATCH, check_tenant, refusal, revision_of, twice, unanswered};
use crate::Revision;
use crate::backend::BoxFuture;
use crate::error::{Error, Result};
use crate::key::{Key, TenantKey, check_limits, key_row};
use crate::record::Record;
use crate::request::{Action, Expect, Outcome, Write};
use crate::schema::Path;
use crate::value::Row;

/// What [`Scope::delete`](super::Scope::delete) removes: a record by reference, or a [`Key`].
#[diagnostic::on_unimplemented(
    message = "expected one record to delete, found `{Self}`",
    label = "neither a `&record` nor a key"
)]
pub trait DeleteTarget {
    /// The record type.
    type Record: Record;

    /// The key, the revision to be removed, and whether the record's tenant is the scope's.
    #[doc(hidden)]
    fn target(&self, tenant: &TenantKey) -> Result<(Row, Option<Revision>)>;
}

#[diagnostic::do_not_recommend]
impl<R: Record> DeleteTarget for &R {
    type Record = R;

    fn target(&self, tenant: &TenantKey) -> Result<(Row, Option<Revision>)> {
        check_tenant(R::SCHEMA, *self, tenant)?;
        let row = key_row(R::SCHEMA, Path::Primary, *self)?.unwrap_or_default();
        Ok((row, revision_of(R::SCHEMA, *self)?))
    }
}

#[diagnostic::do_not_recommend]
impl<R: Record> DeleteTarget for Key<R> {
    type Record = R;

    fn target(&self, _: &TenantKey) -> Result<(Row, Option<Revision>)> {
        Ok((self.row()?.clone(), None))
    }
}

/// One delete; awaited, it is whether a record was stored.
#[must_use = "nothing is deleted until this is awaited"]
pub struct Delete<'s, R> {
    source: Source<'s>,
    at: usize,
    target: Result<(Row, Option<Revision>)>,
    record: std::marker::PhantomData<fn() -> R>,
}

impl<'s, R: Record> Delete<'s, R> {
    pub(super) fn new(
        source: Source<'s>,
        at: usize,
        target: impl DeleteTarget<Record = R>,
    ) -> Self {
        let target = source.tenant().and_then(|tenant| target.target(tenant));
        Self { source, at, target, record: std::marker::PhantomData }
    }
}

impl<R: Record> std::fmt::Debug for Delete<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delete").field("record", &R::SCHEMA.name).finish_non_exhaustive()
    }
}

impl<'s, R: Record> IntoFuture for Delete<'s, R> {
    type Output = Result<bool>;
    type IntoFuture = BoxFuture<'s, Result<bool>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let tenant = self.source.tenant()?;
            let (key, revision) = self.target?;
            check_limits(R::SCHEMA, Path::Primary, tenant, &key)?;
            let expect = match revision {
                Some(revision) => Expect::Revision(revision.get()),
                None => Expect::Anything,
            };
            let now = self.source.core.clock.now();
            let action = Action::Delete { key: &key, expect };
            let writes = [Write { tenant, record: self.at, action, now }];
            let outcomes = self.source.core.backend.write(&writes).await?;
            match outcomes.into_iter().next() {
                Some(Outcome::Applied { existed, .. }) => Ok(existed),
                Some(failed) => Err(failure::<R>(revision.unwrap_or_default(), expect, failed)),
                None => Err(unanswered()),
            }
        })
    }
}

/// The error of a delete that was not applied, or of which nobody knows.
fn failure<R: Record>(expected: Revision, expect: Expect, outcome: Outcome) -> Error {
    match outcome {
        Outcome::Unknown { error, pending } => {
            error.with_unsettled(Unsettled { pending, expected, expect, stamps: None })
        }
        refused => refusal::<R>(expected, expect, refused),
    }
}

/// Many deletes by key; awaited, it is the outcome of each, in the order of the keys.
#[must_use = "nothing is deleted until this is awaited"]
pub struct DeleteAll<'s, R> {
    source: Source<'s>,
    at: usize,
    keys: Vec<Key<R>>,
}

impl<'s, R: Record> DeleteAll<'s, R> {
    pub(super) fn new(source: Source<'s>, at: usize, keys: Vec<Key<R>>) -> Self {
        Self { source, at, keys }
    }
}

impl<R: Record> std::fmt::Debug for DeleteAll<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeleteAll").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

impl<'s, R: Record> IntoFuture for DeleteAll<'s, R> {
    type Output = Result<Vec<Result<()>>>;
    type IntoFuture = BoxFuture<'s, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { source, at, keys } = self;
            let tenant = source.tenant()?;
            let mut seen = HashSet::with_capacity(keys.len());
            for key in &keys {
                let row = key.row()?;
                check_limits(R::SCHEMA, Path::Primary, tenant, row)?;
                if !seen.insert(row) {
                    return Err(twice::<R>());
                }
            }
            let mut results = Vec::with_capacity(keys.len());
            for keys in keys.chunks(BATCH) {
                let now = source.core.clock.now();
                let mut writes = Vec::with_capacity(keys.len());
                for key in keys {
                    let action = Action::Delete { key: key.row()?, expect: Expect::Anything };
                    writes.push(Write { tenant, record: at, action, now });
                }
                let mut answers = Answers::of(source.core.backend.write(&writes).await);
                results.extend(keys.iter().map(|_| match answers.next()? {
                    Outcome::Applied { .. } => Ok(()),
                    failed => Err(failure::<R>(Revision::ZERO, Expect::Anything, failed)),
                }));
            }
            Ok(results)
        })
    }
}
