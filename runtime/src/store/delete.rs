//! Deletes: one record, by reference or by key, and many by key.

use std::collections::HashSet;
use std::future::IntoFuture;
use std::marker::PhantomData;

use super::Source;
use super::filter::{Condition, InvalidOperand};
use super::reconcile::Unsettled;
use super::system::write_one;
use super::update::stamp;
use super::write::{Answers, BATCH, check_expect, check_tenant, refusal, revision_of, twice};
use crate::backend::BoxFuture;
use crate::error::{Error, Result};
use crate::key::{Key, TenantKey, check_limits, key_row};
use crate::record::Record;
use crate::request::{Action, Change, Expect, Filter, Outcome, Patch, Write};
use crate::schema::Path;
use crate::value::{Invalid, Row};
use crate::{Revision, Timestamp};

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
    target: Result<(Row, Option<Revision>)>,
    conditions: Conditions,
    record: PhantomData<fn() -> R>,
}

/// What a delete asks of the stored record besides its key and revision.
#[derive(Debug)]
struct Conditions {
    must_exist: bool,
    filter: Result<Option<Filter>, InvalidOperand>,
    /// Whether the record is removed for good where deletes only mark it.
    for_good: bool,
}

impl<'s, R: Record> Delete<'s, R> {
    pub(super) fn new(source: Source<'s>, target: impl DeleteTarget<Record = R>) -> Self {
        let target = source.tenant().and_then(|tenant| target.target(tenant));
        let conditions = Conditions { must_exist: false, filter: Ok(None), for_good: false };
        Self { source, target, conditions, record: PhantomData }
    }

    pub(super) fn for_good(mut self) -> Self {
        self.conditions.for_good = true;
        self
    }

    /// Only if a record is stored; else `NotFound`.
    pub fn if_exists(mut self) -> Self {
        self.conditions.must_exist = true;
        self
    }

    /// Only if the stored record has this revision; else `Conflict`, or `NotFound`.
    pub fn if_revision(mut self, revision: Revision) -> Self {
        if let Ok((_, expected)) = &mut self.target {
            *expected = Some(revision);
        }
        self
    }

    /// Only if the condition holds; else `ConditionFailed`, or `NotFound`. A second one is added to the
    /// first.
    pub fn when(mut self, condition: Condition<R>) -> Self {
        self.conditions.must_exist = true;
        self.conditions.filter = condition.add_to(self.conditions.filter);
        self
    }

    pub(super) fn prepare(self, tenant: &TenantKey, now: Timestamp) -> Result<Removal<R>> {
        let (key, expected) = self.target?;
        let Conditions { must_exist, filter, for_good } = self.conditions;
        let filter = filter.map_err(|(at, why)| {
            let name = R::SCHEMA.fields.get(at).map_or("?", |field| field.name);
            Error::value(R::SCHEMA.name, name, &Invalid::new(why))
        })?;
        let expect = match expected {
            Some(revision) => Expect::Revision(revision.get()),
            None if must_exist => Expect::Present,
            None => Expect::Anything,
        };
        Removal::new(tenant, key, expect, filter, for_good, now)
    }
}

impl<R: Record> std::fmt::Debug for Delete<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delete").field("record", &R::SCHEMA.name).finish_non_exhaustive()
    }
}

/// A checked delete: of the record itself, or the mark of a soft one.
pub(super) struct Removal<R> {
    pub(super) key: Row,
    expect: Expect,
    filter: Option<Filter>,
    mark: Option<Patch>,
    for_good: bool,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> Removal<R> {
    fn new(
        tenant: &TenantKey,
        key: Row,
        expect: Expect,
        filter: Option<Filter>,
        for_good: bool,
        now: Timestamp,
    ) -> Result<Self> {
        let schema = R::SCHEMA;
        check_limits(schema, Path::Primary, tenant, &key)?;
        check_expect(schema, expect)?;
        let mark = match schema.roles.deleted {
            Some(at) if !for_good => {
                let mut patch = Patch::default();
                patch.push(at, Change::Set, |to| to.int(now.as_micros())).map_err(|invalid| {
                    Error::value(schema.name, schema.fields[at].name, &invalid)
                })?;
                stamp(schema, &mut patch, now)?;
                Some(patch)
            }
            _ => None,
        };
        Ok(Self { key, expect, filter, mark, for_good, record: PhantomData })
    }

    pub(super) fn write<'w>(
        &'w self,
        tenant: &'w TenantKey,
        record: usize,
        now: Timestamp,
    ) -> Write<'w> {
        let action = match &self.mark {
            None => Action::Delete { key: &self.key, expect: self.expect },
            Some(patch) => {
                // A patch is of a stored record; where none is, the delete has nothing to do.
                let expect = match self.expect {
                    Expect::Anything => Expect::Present,
                    expect => expect,
                };
                Action::Patch { key: &self.key, patch, expect }
            }
        };
        let write = Write::new(tenant, record, action, now);
        Write { when: self.filter.as_ref(), deleted: self.for_good, ..write }
    }

    /// Whether a record was there, or why it is not deleted.
    pub(super) fn finish(&self, outcome: Outcome) -> Result<bool> {
        let expected = match self.expect {
            Expect::Revision(revision) => Revision::new(revision),
            _ => Revision::ZERO,
        };
        let expect = self.expect;
        match outcome {
            Outcome::Applied { existed, .. } => Ok(existed),
            Outcome::Patched(_) => Ok(true),
            Outcome::Refused { stored: None } if expect == Expect::Anything => Ok(false),
            Outcome::Unknown { error, pending } => Err(error.with_unsettled(Unsettled {
                pending,
                expected,
                expect,
                stamps: None,
                inserted: None,
            })),
            refused => Err(refusal::<R>(expected, expect, refused)),
        }
    }
}

impl<'s, R: Record> IntoFuture for Delete<'s, R> {
    type Output = Result<bool>;
    type IntoFuture = BoxFuture<'s, Result<bool>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let source = self.source;
            let tenant = source.tenant()?;
            let now = source.core.clock.now();
            let removal = self.prepare(tenant, now)?;
            let write = removal.write(tenant, source.record, now);
            removal.finish(write_one(&*source.core.backend, write).await?)
        })
    }
}

/// Many deletes by key; awaited, it is the outcome of each, in the order of the keys.
#[must_use = "nothing is deleted until this is awaited"]
pub struct DeleteAll<'s, R> {
    source: Source<'s>,
    keys: Vec<Key<R>>,
}

impl<'s, R: Record> DeleteAll<'s, R> {
    pub(super) fn new(source: Source<'s>, keys: Vec<Key<R>>) -> Self {
        Self { source, keys }
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
            let Self { source, keys } = self;
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
                let removals: Vec<Removal<R>> = keys
                    .iter()
                    .map(|key| {
                        let key = key.row()?.clone();
                        Removal::new(tenant, key, Expect::Anything, None, false, now)
                    })
                    .collect::<Result<_>>()?;
                let writes: Vec<Write<'_>> = removals
                    .iter()
                    .map(|removal| removal.write(tenant, source.record, now))
                    .collect();
                let mut answers = Answers::of(source.core.backend.write(&writes).await);
                results.extend(
                    removals.iter().map(|removal| removal.finish(answers.next()?).map(drop)),
                );
            }
            Ok(results)
        })
    }
}
