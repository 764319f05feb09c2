//! Transactions: writes that are applied all or none.

use std::marker::PhantomData;
use std::time::Duration;

use super::delete::{Delete, DeleteTarget, Removal};
use super::events::{self, Advance};
use super::filter::{Condition, InvalidOperand};
use super::reconcile::Unsettled;
use super::sequence::{Wanted, wanted};
use super::system::{SystemKey, SystemValue};
use super::update::{Patch, Prepared};
use super::write::{Plan, Stamped, check_tenant, refusal};
use super::{Source, Stamps};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{Key, TenantKey, check_limits, key_row};
use crate::record::{InScope, Lists, Record, StreamRecord, Table, Writable};
use crate::request::{
    Action, Expect, Filter, Footprint, MAX_TRANSACTION_BYTES, Outcome, Transacted, Write,
};
use crate::schema::{Path, system};
use crate::value::{FieldSink, Fields, Invalid, Row};
use crate::{Revision, Timestamp};

/// How long an idempotency token is kept unless it is said otherwise.
pub(super) const KEEP: Duration = Duration::from_hours(24);

/// How often a transaction that appends to a stream begins again while others append to it.
const TRIES: u32 = 64;

/// Writes of one tenant's records, or of global ones, that are applied all or none when they are
/// committed.
///
/// Up to 100 items, where each record is one and so is each unique value that a write takes, keeps or
/// gives free, and 4 MB of records: DynamoDB's limits, which hold on every engine. No record and no
/// unique value may be written twice.
///
/// When it fails nothing was written, [`Error::position`] says which operation was the first that could
/// not be applied, and [`Error::conflict`] carries its stored record. The callers' structs take over
/// their revisions and stamps when it is committed, and stay as they are when it fails.
///
/// ```
/// # use keyloom::{Record, Revision, Table, memory::Memory};
/// # #[derive(Record, Clone, Debug, PartialEq)]
/// # #[record(global, partition = "accounts", sort = "{id}")]
/// # struct Account { id: u32, cents: i64, #[record(revision)] revision: Revision }
/// # #[derive(Record, Clone, Debug, PartialEq)]
/// # #[record(global, partition = "transfers", sort = "{id}")]
/// # struct Transfer { id: u64, cents: i64 }
/// # #[derive(Table)]
/// # #[table(name = "bank", records(Account, Transfer))]
/// # struct Bank;
/// # async fn run() -> keyloom::Result<()> {
/// # let bank = Bank::open(Memory::new()).await?.global();
/// # let mut transfer = Transfer { id: 1, cents: 500 };
/// bank.transaction()
///     .update(Account::key(1).patch().subtract(Account::CENTS, 500).when(Account::CENTS.ge(500)))
///     .update(Account::key(2).patch().add(Account::CENTS, 500))
///     .insert(&mut transfer)
///     .idempotency_token("transfer-1")
///     .commit()
///     .await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is written until this is committed"]
pub struct Transaction<'s, T, K> {
    source: Source<'s>,
    operations: Vec<Box<dyn Operation + 's>>,
    token: Option<(String, Duration)>,
    kind: PhantomData<fn() -> (T, K)>,
}

/// What became of a transaction that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// Everything was applied.
    Applied,
    /// A transaction with the same idempotency token was committed before; nothing was written now, and
    /// the callers' structs are as they were.
    AlreadyCommitted,
}

impl<T, K> std::fmt::Debug for Transaction<'_, T, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction")
            .field("operations", &self.operations.len())
            .finish_non_exhaustive()
    }
}

/// One operation, whatever the type of its record.
trait Operation: Send + Sync {
    /// What it needs of a sequence.
    fn wanted(&self) -> Result<Option<Wanted>> {
        Ok(None)
    }

    /// The stream that it appends to.
    fn stream(&self, _: &Source<'_>, _: &TenantKey) -> Result<Option<SystemKey>> {
        Ok(None)
    }

    /// Checks the operation and makes it ready; `number` is what its sequence or its stream gave it.
    /// Returns the size of a record that is known whole.
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
    fn commit(&mut self, outcome: Outcome);
}

impl<'s, T: Table, K> Transaction<'s, T, K> {
    pub(super) fn new(source: Source<'s>) -> Self {
        Self { source, operations: Vec::new(), token: None, kind: PhantomData }
    }

    fn put<R>(mut self, record: &'s mut R, insert: bool) -> Self
    where
        R: Writable + InScope<K>,
        T: Lists<R>,
    {
        self.operations.push(Box::new(Put { at: T::AT, record, insert, planned: None }));
        self
    }

    /// As [`Scope::insert`](super::Scope::insert).
    pub fn insert<R>(self, record: &'s mut R) -> Self
    where
        R: Writable + InScope<K>,
        T: Lists<R>,
    {
        self.put(record, true)
    }

    /// As [`Scope::save`](super::Scope::save).
    pub fn save<R>(self, record: &'s mut R) -> Self
    where
        R: Writable + InScope<K>,
        T: Lists<R>,
    {
        self.put(record, false)
    }

    /// As [`Scope::update`](super::Scope::update), but the new record is not returned.
    pub fn update<R>(mut self, patch: Patch<R>) -> Self
    where
        R: Writable + InScope<K>,
        T: Lists<R>,
    {
        self.operations.push(Box::new(Change { at: T::AT, state: State::Given(patch) }));
        self
    }

    /// As [`Scope::delete`](super::Scope::delete): a record that is not stored is no failure.
    pub fn delete<D>(mut self, target: D) -> Self
    where
        D: DeleteTarget,
        D::Record: Writable + InScope<K>,
        T: Lists<D::Record>,
    {
        let delete = Delete::new(self.source, target);
        let at = <T as Lists<D::Record>>::AT;
        self.operations.push(Box::new(Remove { at, state: State::Given(delete) }));
        self
    }

    /// Deletes a record if the condition holds; else the transaction fails with `ConditionFailed`, or
    /// with `NotFound`.
    pub fn delete_when<R>(mut self, key: Key<R>, condition: Condition<R>) -> Self
    where
        R: Writable + InScope<K>,
        T: Lists<R>,
    {
        let delete = Delete::new(self.source, key).when(condition);
        self.operations.push(Box::new(Remove { at: T::AT, state: State::Given(delete) }));
        self
    }

    fn checked<R>(
        mut self,
        key: Result<Row>,
        expected: Expect,
        filter: Result<Option<Filter>, InvalidOperand>,
    ) -> Self
    where
        R: Record + InScope<K>,
        T: Lists<R>,
    {
        let given =
            Check { at: T::AT, key, expect: expected, filter, record: PhantomData::<fn() -> R> };
        self.operations.push(Box::new(given));
        self
    }

    /// Commits only if this record is stored and the condition holds; the record is not written.
    pub fn check<R>(self, key: Key<R>, condition: Condition<R>) -> Self
    where
        R: Record + InScope<K>,
        T: Lists<R>,
    {
        let key = key.row().cloned();
        self.checked::<R>(key, Expect::Present, condition.into_filter().map(Some))
    }

    /// Commits only if this record is stored.
    pub fn check_exists<R>(self, key: Key<R>) -> Self
    where
        R: Record + InScope<K>,
        T: Lists<R>,
    {
        self.checked::<R>(key.row().cloned(), Expect::Present, Ok(None))
    }

    /// Commits only if this record is not stored.
    pub fn check_absent<R>(self, key: Key<R>) -> Self
    where
        R: Record + InScope<K>,
        T: Lists<R>,
    {
        self.checked::<R>(key.row().cloned(), Expect::Absent, Ok(None))
    }

    /// Commits only if this record is stored with this revision: nobody has written it since it was read.
    pub fn check_revision<R>(self, key: Key<R>, revision: Revision) -> Self
    where
        R: Record + InScope<K>,
        T: Lists<R>,
    {
        self.checked::<R>(key.row().cloned(), Expect::Revision(revision.get()), Ok(None))
    }

    /// Appends an event to its stream, and gives it its number.
    pub fn append<R>(mut self, event: &'s mut R) -> Self
    where
        R: StreamRecord + InScope<K>,
        T: Lists<R>,
    {
        self.operations.push(Box::new(AppendOne { at: T::AT, event, planned: None }));
        self
    }

    /// Makes the commit harmless to repeat: a transaction with the same token that was committed in the
    /// last 24 hours answers [`Commit::AlreadyCommitted`] and writes nothing.
    ///
    /// A token belongs to the tenant. It is an item of its own, which counts.
    pub fn idempotency_token(mut self, token: impl Into<String>) -> Self {
        let keep = self.token.map_or(KEEP, |(_, keep)| keep);
        self.token = Some((token.into(), keep));
        self
    }

    /// How long the idempotency token is kept.
    pub fn keep_token_for(mut self, keep: Duration) -> Self {
        let token = self.token.map(|(token, _)| token).unwrap_or_default();
        self.token = Some((token, keep));
        self
    }

    /// Applies everything, or nothing.
    pub async fn commit(self) -> Result<Commit> {
        let Self { source, mut operations, token, .. } = self;
        let tenant = source.tenant()?;
        if operations.is_empty() {
            return Ok(Commit::Applied);
        }
        let token = match &token {
            Some((token, keep)) => Some(Token::new(&source, tenant, token, *keep)?),
            None => None,
        };
        let mut numbers = Vec::with_capacity(operations.len());
        let mut streams = Vec::new();
        for (at, operation) in operations.iter().enumerate() {
            let named = |error: Error| error.with_position(at);
            let number = match operation.wanted().map_err(named)? {
                Some(wanted) => wanted.take(&source, tenant, 1).await.map_err(named)?,
                None => None,
            };
            numbers.push(number);
            if let Some(key) = operation.stream(&source, tenant).map_err(named)? {
                streams.push((at, key));
            }
        }
        let mut streams = events::group(streams);
        for tries in 0..TRIES {
            events::number(&source, &mut streams, &mut numbers).await?;
            let now = source.core.clock.now();
            let mut bytes = 0;
            for (at, operation) in operations.iter_mut().enumerate() {
                bytes += operation
                    .prepare(&source, tenant, numbers[at], now)
                    .map_err(|error| error.with_position(at))?;
            }
            if bytes > MAX_TRANSACTION_BYTES {
                let message = format!(
                    "the records of the transaction take {bytes} bytes, more than \
                     {MAX_TRANSACTION_BYTES}"
                );
                return Err(Error::new(ErrorKind::Limit, message));
            }
            let advances: Vec<Advance> =
                streams.iter().map(events::Appends::advance).collect::<Result<_>>()?;
            let mut members = Vec::with_capacity(operations.len() + 1);
            if let Some(token) = &token {
                members.push((Member::Token, token.key.insert(&token.row, now)));
            }
            for (at, operation) in operations.iter().enumerate() {
                for (stream, advance) in streams.iter().zip(&advances) {
                    if stream.first() == at {
                        members.push((Member::Stream, advance.write(&stream.key, now)));
                    }
                }
                members.extend(
                    operation.write(tenant, now).map(|write| (Member::Operation(at), write)),
                );
            }
            let (members, writes): (Vec<Member>, Vec<Write<'_>>) = members.into_iter().unzip();
            check_footprint(&source, &members, &writes)?;
            match source.core.backend.transact(&writes).await? {
                Transacted::Committed(outcomes) => {
                    for (member, outcome) in members.into_iter().zip(outcomes) {
                        if let Member::Operation(at) = member {
                            operations[at].commit(outcome);
                        }
                    }
                    return Ok(Commit::Applied);
                }
                Transacted::Refused { at, outcome } => match members.get(at) {
                    Some(Member::Token) => match outcome {
                        Outcome::Refused { .. } => return Ok(Commit::AlreadyCommitted),
                        outcome => return Err(failed(outcome)),
                    },
                    Some(Member::Operation(at)) => {
                        return Err(operations[*at].failure(outcome).with_position(*at));
                    }
                    _ => match outcome {
                        Outcome::Refused { .. } => source.core.backend.pause(tries).await,
                        outcome => return Err(failed(outcome)),
                    },
                },
                Transacted::Unknown { error, pending } => {
                    return Err(error.with_unsettled(Unsettled::transaction(pending)));
                }
            }
        }
        Err(events::contended())
    }
}

/// Whose write a member of the request is.
#[derive(Clone, Copy)]
enum Member {
    Token,
    Stream,
    Operation(usize),
}

/// Refuses what is known to be too much before anything is sent.
fn check_footprint(source: &Source<'_>, members: &[Member], writes: &[Write<'_>]) -> Result<()> {
    let mut footprint = Footprint::default();
    for (member, write) in members.iter().zip(writes) {
        let record = source.core.table.records[write.record];
        let added = write.key(record).and_then(|key| {
            let after = match write.action {
                Action::Put { fields, .. } => Some(fields),
                _ => None,
            };
            footprint.add(record, write, &key, None, after)
        });
        added.map_err(|error| match member {
            Member::Operation(at) if error.kind() != ErrorKind::Limit => error.with_position(*at),
            _ => error,
        })?;
    }
    Ok(())
}

/// The error of a member that only others can have touched.
fn failed(outcome: Outcome) -> Error {
    match outcome {
        Outcome::Failed(error) | Outcome::Unknown { error, .. } => error,
        _ => super::write::unanswered(),
    }
}

/// The record of an idempotency token.
struct Token {
    key: SystemKey,
    row: Row,
}

impl Token {
    fn new(source: &Source<'_>, tenant: &TenantKey, token: &str, keep: Duration) -> Result<Self> {
        let name = format!("transaction#{token}");
        let key = SystemKey::new(source.core.table, tenant, system::ONCE, &name)?;
        let expires = Some(source.core.clock.now().saturating_add(keep));
        let row = key.row(SystemValue { expires, ..SystemValue::default() });
        Ok(Self { key, row })
    }
}

/// An insert or a save.
struct Put<'a, R> {
    at: usize,
    record: &'a mut R,
    insert: bool,
    planned: Option<(Stamps, Expect, Revision)>,
}

impl<R: Record> Fields for Put<'_, R> {
    fn field(&self, at: usize, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        match self.planned {
            None => self.record.write_field(at, to),
            Some((stamps, ..)) => {
                Stamped { record: &*self.record, schema: R::SCHEMA, stamps }.field(at, to)
            }
        }
    }
}

impl<R: Record> Operation for Put<'_, R> {
    fn wanted(&self) -> Result<Option<Wanted>> {
        wanted(R::SCHEMA, &*self.record, self.insert)
    }

    fn prepare(
        &mut self,
        source: &Source<'_>,
        tenant: &TenantKey,
        number: Option<u64>,
        now: Timestamp,
    ) -> Result<usize> {
        let plan = Plan::new(source, R::SCHEMA, tenant, &*self.record, self.insert, number, now)?;
        let (stamps, expect, expected, bytes) =
            (plan.stamped.stamps, plan.expect, plan.expected, plan.bytes);
        self.planned = Some((stamps, expect, expected));
        Ok(bytes)
    }

    fn write<'w>(&'w self, tenant: &'w TenantKey, now: Timestamp) -> Option<Write<'w>> {
        let (_, expect, _) = self.planned?;
        Some(Write::new(tenant, self.at, Action::Put { fields: self, expect }, now))
    }

    fn failure(&self, outcome: Outcome) -> Error {
        let (expect, expected) =
            self.planned.map_or((Expect::Absent, Revision::ZERO), |planned| (planned.1, planned.2));
        refusal::<R>(expected, expect, outcome)
    }

    fn commit(&mut self, outcome: Outcome) {
        if let (Some((stamps, ..)), Outcome::Applied { created, .. }) = (self.planned, outcome) {
            self.record.stamp(&Stamps { created: created.or(stamps.created), ..stamps });
        }
    }
}

/// What a caller gave, and what becomes of it when it is prepared; again for each try.
enum State<G, P> {
    Given(G),
    Prepared(P),
    /// It could not be prepared.
    Gone,
}

impl<G, P> State<G, P> {
    fn prepare(&mut self, prepare: impl FnOnce(G) -> Result<P>) -> Result<()> {
        if let Self::Given(_) = self
            && let Self::Given(given) = std::mem::replace(self, Self::Gone)
        {
            *self = Self::Prepared(prepare(given)?);
        }
        Ok(())
    }

    fn prepared(&self) -> Option<&P> {
        match self {
            Self::Prepared(prepared) => Some(prepared),
            _ => None,
        }
    }
}

/// An update.
struct Change<R> {
    at: usize,
    state: State<Patch<R>, Prepared<R>>,
}

impl<R: Record> Operation for Change<R> {
    fn prepare(
        &mut self,
        _: &Source<'_>,
        tenant: &TenantKey,
        _: Option<u64>,
        now: Timestamp,
    ) -> Result<usize> {
        self.state.prepare(|patch| patch.prepare(tenant, now)).map(|()| 0)
    }

    fn write<'w>(&'w self, tenant: &'w TenantKey, now: Timestamp) -> Option<Write<'w>> {
        Some(self.state.prepared()?.write(tenant, self.at, now))
    }

    fn failure(&self, outcome: Outcome) -> Error {
        match self.state.prepared() {
            Some(prepared) => prepared.failure(outcome),
            None => failed(outcome),
        }
    }

    fn commit(&mut self, _: Outcome) {}
}

/// A delete.
struct Remove<'s, R> {
    at: usize,
    state: State<Delete<'s, R>, Removal<R>>,
}

impl<R: Record> Operation for Remove<'_, R> {
    fn prepare(
        &mut self,
        _: &Source<'_>,
        tenant: &TenantKey,
        _: Option<u64>,
        now: Timestamp,
    ) -> Result<usize> {
        self.state.prepare(|delete| delete.prepare(tenant, now)).map(|()| 0)
    }

    fn write<'w>(&'w self, tenant: &'w TenantKey, now: Timestamp) -> Option<Write<'w>> {
        Some(self.state.prepared()?.write(tenant, self.at, now))
    }

    fn failure(&self, outcome: Outcome) -> Error {
        let finished = self.state.prepared().map(|removal| removal.finish(outcome));
        match finished {
            Some(Err(error)) => error,
            _ => super::write::unanswered(),
        }
    }

    fn commit(&mut self, _: Outcome) {}
}

/// A condition on a record that is not written.
struct Check<R> {
    at: usize,
    key: Result<Row>,
    expect: Expect,
    filter: Result<Option<Filter>, InvalidOperand>,
    record: PhantomData<fn() -> R>,
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

    fn commit(&mut self, _: Outcome) {}
}

/// An event that is appended to its stream.
struct AppendOne<'a, R> {
    at: usize,
    event: &'a mut R,
    planned: Option<Stamps>,
}

impl<R: Record> Fields for AppendOne<'_, R> {
    fn field(&self, at: usize, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        match self.planned {
            None => self.event.write_field(at, to),
            Some(stamps) => {
                Stamped { record: &*self.event, schema: R::SCHEMA, stamps }.field(at, to)
            }
        }
    }
}

impl<R: Record> Operation for AppendOne<'_, R> {
    fn stream(&self, source: &Source<'_>, tenant: &TenantKey) -> Result<Option<SystemKey>> {
        check_tenant(R::SCHEMA, &*self.event, tenant)?;
        let key = key_row(R::SCHEMA, Path::Primary, &*self.event)?.unwrap_or_default();
        events::stream_key(source.core.table, R::SCHEMA, tenant, &key).map(Some)
    }

    fn prepare(
        &mut self,
        source: &Source<'_>,
        tenant: &TenantKey,
        number: Option<u64>,
        now: Timestamp,
    ) -> Result<usize> {
        let plan = Plan::new(source, R::SCHEMA, tenant, &*self.event, true, number, now)?;
        let (stamps, bytes) = (plan.stamped.stamps, plan.bytes);
        self.planned = Some(stamps);
        Ok(bytes)
    }

    fn write<'w>(&'w self, tenant: &'w TenantKey, now: Timestamp) -> Option<Write<'w>> {
        let action = Action::Put { fields: self, expect: Expect::Absent };
        Some(Write::new(tenant, self.at, action, now))
    }

    fn failure(&self, outcome: Outcome) -> Error {
        refusal::<R>(Revision::ZERO, Expect::Absent, outcome)
    }

    fn commit(&mut self, _: Outcome) {
        if let Some(stamps) = self.planned {
            self.event.stamp(&stamps);
        }
    }
}
