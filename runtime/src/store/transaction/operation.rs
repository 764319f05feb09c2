//! The operations of a transaction, each with the type of its record put away.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::key::{TenantKey, check_limits, key_row};
use crate::record::Record;
use crate::request::{Action, Expect, Filter, Outcome, Write};
use crate::schema::Path;
use crate::store::delete::{Delete, Removal};
use crate::store::events::{self, Line};
use crate::store::filter::InvalidOperand;
use crate::store::sequence::{Wanted, wanted};
use crate::store::update::{Patch, Prepared};
use crate::store::write::{Plan, Stamped, check_expect, check_tenant, refusal, unanswered};
use crate::store::{Source, Stamps};
use crate::value::{FieldSink, Fields, Invalid, Row};
use crate::{Revision, Timestamp};

/// One operation, whatever the type of its record.
pub(super) trait Operation: Send + Sync {
    /// What it needs of a sequence.
    fn wanted(&self, _: &TenantKey) -> Result<Option<Wanted>> {
        Ok(None)
    }

    /// The stream that it appends to.
    fn stream(&self, _: &Source<'_>, _: &TenantKey) -> Result<Option<Arc<Line>>> {
        Ok(None)
    }

    /// Checks the operation and makes it ready, again for each try; `number` is what its sequence or its
    /// stream gave it. Returns the size of a record that is known whole.
    fn prepare(
        &mut self,
        source: &Source<'_>,
        tenant: &TenantKey,
        number: Option<u64>,
        now: Timestamp,
    ) -> Result<usize>;

    /// The request, once it is prepared.
    fn write<'w>(&'w self, tenant: &'w TenantKey, now: Timestamp) -> Option<Write<'w>>;

    /// Why it was not applied.
    fn failure(&self, outcome: Outcome) -> Error;

    /// It was applied.
    fn commit(&mut self, _: Outcome) {}
}

/// An insert, a save, or an append to a stream.
pub(super) struct Put<'a, R> {
    at: usize,
    record: &'a mut R,
    kind: PutKind,
    planned: Option<Planned>,
}

#[derive(Clone, Copy, PartialEq)]
enum PutKind {
    Insert,
    Save,
    Append,
}

#[derive(Clone, Copy)]
struct Planned {
    stamps: Stamps,
    expect: Expect,
    expected: Revision,
}

impl<'a, R: Record> Put<'a, R> {
    pub(super) fn new(at: usize, record: &'a mut R, insert: bool) -> Self {
        let kind = if insert { PutKind::Insert } else { PutKind::Save };
        Self { at, record, kind, planned: None }
    }

    pub(super) fn append(at: usize, event: &'a mut R) -> Self {
        Self { at, record: event, kind: PutKind::Append, planned: None }
    }

    fn inserts(&self) -> bool {
        self.kind != PutKind::Save
    }
}

impl<R: Record> Fields for Put<'_, R> {
    fn field(&self, at: usize, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        match self.planned {
            None => self.record.write_field(at, to),
            Some(Planned { stamps, .. }) => {
                Stamped { record: &*self.record, schema: R::SCHEMA, stamps }.field(at, to)
            }
        }
    }
}

impl<R: Record> Operation for Put<'_, R> {
    fn wanted(&self, tenant: &TenantKey) -> Result<Option<Wanted>> {
        check_tenant(R::SCHEMA, &*self.record, tenant)?;
        match self.kind {
            PutKind::Append => Ok(None),
            _ => wanted(R::SCHEMA, &*self.record, self.inserts()),
        }
    }

    fn stream(&self, source: &Source<'_>, tenant: &TenantKey) -> Result<Option<Arc<Line>>> {
        if self.kind != PutKind::Append {
            return Ok(None);
        }
        let key = key_row(R::SCHEMA, Path::Primary, &*self.record)?.unwrap_or_default();
        let key = events::stream_key(source.core.table, R::SCHEMA, tenant, &key)?;
        Ok(Some(source.core.lines.of(key, tenant, self.at, R::SCHEMA)))
    }

    fn prepare(
        &mut self,
        source: &Source<'_>,
        tenant: &TenantKey,
        number: Option<u64>,
        now: Timestamp,
    ) -> Result<usize> {
        let insert = self.inserts();
        let plan = Plan::new(source, R::SCHEMA, tenant, &*self.record, insert, number, now)?;
        let Plan { stamped: Stamped { stamps, .. }, expect, expected, bytes, .. } = plan;
        self.planned = Some(Planned { stamps, expect, expected });
        Ok(bytes)
    }

    fn write<'w>(&'w self, tenant: &'w TenantKey, now: Timestamp) -> Option<Write<'w>> {
        let expect = self.planned?.expect;
        Some(Write::new(tenant, self.at, Action::Put { fields: self, expect }, now))
    }

    fn failure(&self, outcome: Outcome) -> Error {
        let planned = self.planned.map(|planned| (planned.expected, planned.expect));
        let (expected, expect) = planned.unwrap_or((Revision::ZERO, Expect::Absent));
        refusal::<R>(expected, expect, outcome)
    }

    fn commit(&mut self, outcome: Outcome) {
        if let (Some(Planned { stamps, .. }), Outcome::Applied { created, .. }) =
            (self.planned, outcome)
        {
            self.record.stamp(&Stamps { created: created.or(stamps.created), ..stamps });
        }
    }
}

/// A request as the caller made it.
pub(super) trait Given: Send + Sync {
    /// The request once it is checked.
    type Ready: Ready;

    fn ready(self, tenant: &TenantKey, now: Timestamp) -> Result<Self::Ready>;
}

/// A checked request.
pub(super) trait Ready: Send + Sync {
    fn write<'w>(&'w self, tenant: &'w TenantKey, at: usize, now: Timestamp) -> Write<'w>;

    fn failure(&self, outcome: Outcome) -> Error;
}

impl<R: Record> Given for Patch<R> {
    type Ready = Prepared<R>;

    fn ready(self, tenant: &TenantKey, now: Timestamp) -> Result<Prepared<R>> {
        self.prepare(tenant, now)
    }
}

impl<R: Record> Ready for Prepared<R> {
    fn write<'w>(&'w self, tenant: &'w TenantKey, at: usize, now: Timestamp) -> Write<'w> {
        Prepared::write(self, tenant, at, now)
    }

    fn failure(&self, outcome: Outcome) -> Error {
        Prepared::failure(self, outcome)
    }
}

impl<R: Record> Given for Delete<'_, R> {
    type Ready = Removal<R>;

    fn ready(self, tenant: &TenantKey, now: Timestamp) -> Result<Removal<R>> {
        self.prepare(tenant, now)
    }
}

impl<R: Record> Ready for Removal<R> {
    fn write<'w>(&'w self, tenant: &'w TenantKey, at: usize, now: Timestamp) -> Write<'w> {
        Removal::write(self, tenant, at, now)
    }

    fn failure(&self, outcome: Outcome) -> Error {
        self.finish(outcome).err().unwrap_or_else(unanswered)
    }
}

/// An update or a delete, which is checked when the transaction is committed.
pub(super) enum Later<G: Given> {
    Given(usize, G),
    Ready(usize, G::Ready),
    /// It could not be made ready.
    Gone,
}

impl<G: Given> Later<G> {
    pub(super) fn new(at: usize, given: G) -> Self {
        Self::Given(at, given)
    }
}

impl<G: Given> Operation for Later<G> {
    fn prepare(
        &mut self,
        _: &Source<'_>,
        tenant: &TenantKey,
        _: Option<u64>,
        now: Timestamp,
    ) -> Result<usize> {
        match std::mem::replace(self, Self::Gone) {
            Self::Given(at, given) => *self = Self::Ready(at, given.ready(tenant, now)?),
            ready => *self = ready,
        }
        Ok(0)
    }

    fn write<'w>(&'w self, tenant: &'w TenantKey, now: Timestamp) -> Option<Write<'w>> {
        match self {
            Self::Ready(at, ready) => Some(ready.write(tenant, *at, now)),
            _ => None,
        }
    }

    fn failure(&self, outcome: Outcome) -> Error {
        match self {
            Self::Ready(_, ready) => ready.failure(outcome),
            _ => unanswered(),
        }
    }
}

/// A condition on a record that is not written.
pub(super) struct Check<R> {
    pub(super) at: usize,
    pub(super) key: Result<Row>,
    pub(super) expect: Expect,
    pub(super) filter: Result<Option<Filter>, InvalidOperand>,
    pub(super) record: PhantomData<fn() -> R>,
}

impl<R: Record> Operation for Check<R> {
    fn prepare(
        &mut self,
        _: &Source<'_>,
        tenant: &TenantKey,
        _: Option<u64>,
        _: Timestamp,
    ) -> Result<usize> {
        let key = self.key.as_ref().map_err(Error::repeated)?;
        check_limits(R::SCHEMA, Path::Primary, tenant, key)?;
        check_expect(R::SCHEMA, self.expect)?;
        if let Err((at, why)) = &self.filter {
            let name = R::SCHEMA.fields.get(*at).map_or("?", |field| field.name);
            return Err(Error::value(R::SCHEMA.name, name, &Invalid::new(why.clone())));
        }
        Ok(0)
    }

    fn write<'w>(&'w self, tenant: &'w TenantKey, now: Timestamp) -> Option<Write<'w>> {
        let (Ok(key), Ok(filter)) = (&self.key, &self.filter) else {
            return None;
        };
        let action = Action::Check { key, expect: self.expect };
        Some(Write { when: filter.as_ref(), ..Write::new(tenant, self.at, action, now) })
    }

    fn failure(&self, outcome: Outcome) -> Error {
        let expected = match self.expect {
            Expect::Revision(revision) => Revision::new(revision),
            _ => Revision::ZERO,
        };
        refusal::<R>(expected, self.expect, outcome)
    }
}
