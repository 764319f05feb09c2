//! Transactions: writes that are applied all or none.

mod operation;

use std::marker::PhantomData;
use std::time::Duration;

use self::operation::{Check, Later, Operation, Put};
use super::Source;
use super::delete::{Delete, DeleteTarget};
use super::events::{self, Advance};
use super::filter::{Condition, InvalidOperand};
use super::reconcile::Unsettled;
use super::system::{SystemKey, SystemValue};
use super::update::Patch;
use super::write::unanswered;
use crate::Revision;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{Key, TenantKey};
use crate::record::{InScope, ListedIn, Record, StreamRecord, Table, Writable};
use crate::request::{
    Expect, Filter, Footprint, MAX_TRANSACTION_BYTES, Outcome, Transacted, Write,
};
use crate::schema::system;
use crate::value::Row;

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

impl<'s, T: Table, K> Transaction<'s, T, K> {
    pub(super) fn new(source: Source<'s>) -> Self {
        Self { source, operations: Vec::new(), token: None, kind: PhantomData }
    }

    fn put<R>(mut self, record: &'s mut R, insert: bool) -> Self
    where
        R: Writable + InScope<K> + ListedIn<T>,
    {
        self.operations.push(Box::new(Put::new(R::AT, record, insert)));
        self
    }

    /// As [`Scope::insert`](super::Scope::insert).
    pub fn insert<R>(self, record: &'s mut R) -> Self
    where
        R: Writable + InScope<K> + ListedIn<T>,
    {
        self.put(record, true)
    }

    /// As [`Scope::save`](super::Scope::save).
    pub fn save<R>(self, record: &'s mut R) -> Self
    where
        R: Writable + InScope<K> + ListedIn<T>,
    {
        self.put(record, false)
    }

    /// As [`Scope::update`](super::Scope::update), but the new record is not returned.
    pub fn update<R>(mut self, patch: Patch<R>) -> Self
    where
        R: Writable + InScope<K> + ListedIn<T>,
    {
        self.operations.push(Box::new(Later::new(R::AT, patch)));
        self
    }

    /// As [`Scope::delete`](super::Scope::delete): a record that is not stored is no failure.
    pub fn delete<D>(mut self, target: D) -> Self
    where
        D: DeleteTarget,
        D::Record: Writable + InScope<K> + ListedIn<T>,
    {
        let delete = Delete::new(self.source, target);
        let at = <D::Record as ListedIn<T>>::AT;
        self.operations.push(Box::new(Later::new(at, delete)));
        self
    }

    /// Deletes a record if the condition holds; else the transaction fails with `ConditionFailed`, or
    /// with `NotFound`.
    pub fn delete_when<R>(mut self, key: Key<R>, condition: Condition<R>) -> Self
    where
        R: Writable + InScope<K> + ListedIn<T>,
    {
        let delete = Delete::new(self.source, key).when(condition);
        self.operations.push(Box::new(Later::new(R::AT, delete)));
        self
    }

    fn checked<R>(
        mut self,
        key: Result<Row>,
        expected: Expect,
        filter: Result<Option<Filter>, InvalidOperand>,
    ) -> Self
    where
        R: Record + InScope<K> + ListedIn<T>,
    {
        let given =
            Check { at: R::AT, key, expect: expected, filter, record: PhantomData::<fn() -> R> };
        self.operations.push(Box::new(given));
        self
    }

    /// Commits only if this record is stored and the condition holds; the record is not written.
    pub fn check<R>(self, key: Key<R>, condition: Condition<R>) -> Self
    where
        R: Record + InScope<K> + ListedIn<T>,
    {
        let key = key.row().cloned();
        self.checked::<R>(key, Expect::Present, condition.into_filter().map(Some))
    }

    /// Commits only if this record is stored.
    pub fn check_exists<R>(self, key: Key<R>) -> Self
    where
        R: Record + InScope<K> + ListedIn<T>,
    {
        self.checked::<R>(key.row().cloned(), Expect::Present, Ok(None))
    }

    /// Commits only if this record is not stored.
    pub fn check_absent<R>(self, key: Key<R>) -> Self
    where
        R: Record + InScope<K> + ListedIn<T>,
    {
        self.checked::<R>(key.row().cloned(), Expect::Absent, Ok(None))
    }

    /// Commits only if this record is stored with this revision: nobody has written it since it was read.
    pub fn check_revision<R>(self, key: Key<R>, revision: Revision) -> Self
    where
        R: Record + InScope<K> + ListedIn<T>,
    {
        self.checked::<R>(key.row().cloned(), Expect::Revision(revision.get()), Ok(None))
    }

    /// Appends an event to its stream, and gives it its number.
    pub fn append<R>(mut self, event: &'s mut R) -> Self
    where
        R: StreamRecord + InScope<K> + ListedIn<T>,
    {
        self.operations.push(Box::new(Put::append(R::AT, event)));
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
            let number = match operation.wanted(tenant).map_err(named)? {
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
            events::number(&source, &mut streams, &mut numbers, tries).await?;
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
                        members.push((Member::Stream, advance.write(&stream.line.key, now)));
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
                    streams.iter().for_each(events::Appends::committed);
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
        let added = write.key(record).and_then(|key| footprint.add(record, write, &key, None));
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
        _ => unanswered(),
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
