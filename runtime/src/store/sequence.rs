//! Sequences: numbers that are given once, each larger than every one before.
//!
//! A number is taken in a write of its own before the record's, so one that is taken and not used is
//! burnt, on every engine alike.

use std::collections::{BTreeMap, HashMap};
use std::error::Error as _;
use std::future::IntoFuture;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::system::{SystemKey, SystemValue, read, write_one};
use super::write::{check_tenant, revision_of};
use super::{Source, Stamps};
use crate::Revision;
use crate::backend::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{TenantKey, scope_text};
use crate::record::Record;
use crate::request::{Change, Compare, Filter, Outcome, Patch};
use crate::schema::{RecordSchema, system};
use crate::value::{Fields, Row, Scalar, Value};

/// How often a number is asked for again while others create or lose the counter.
const TRIES: u32 = 64;

/// So many sequences are remembered.
const REMEMBERED: usize = 1_024;

/// Numbers that sequences have passed, as far as this store knows: a record that brings one of them along
/// need not move its counter.
#[derive(Default)]
pub(super) struct Given(Mutex<HashMap<SystemKey, u64>>);

impl Given {
    fn lock(&self) -> MutexGuard<'_, HashMap<SystemKey, u64>> {
        // Nothing panics between two changes that belong together.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_passed(&self, key: &SystemKey, number: u64) -> bool {
        self.lock().get(key).is_some_and(|last| *last >= number)
    }

    fn remember(&self, key: SystemKey, number: u64) {
        let mut passed = self.lock();
        if passed.len() >= REMEMBERED && !passed.contains_key(&key) {
            passed.clear();
        }
        let last = passed.entry(key).or_default();
        *last = number.max(*last);
    }
}

/// What a write needs of its record's sequence.
pub(super) struct Wanted {
    record: &'static RecordSchema,
    scope: String,
    max: u64,
    /// The number that the record has already; zero is none.
    has: u64,
}

/// What a write of this record needs of its sequence: a number where it has none, and where an insert
/// brings one along, that the sequence goes on behind it.
pub(super) fn wanted(
    schema: &'static RecordSchema,
    fields: &dyn Fields,
    insert: bool,
) -> Result<Option<Wanted>> {
    let Some(sequence) = &schema.sequence else {
        return Ok(None);
    };
    let is_new = revision_of(schema, fields)?.is_none_or(Revision::is_new);
    if !insert && !is_new {
        return Ok(None);
    }
    let name = schema.fields[sequence.field].name;
    let mut row = Row::with_capacity(1);
    let has = fields
        .field(sequence.field, &mut row)
        .and_then(|()| u64::read(row.get(0)))
        .map_err(|invalid| Error::value(schema.name, name, &invalid))?;
    let scope = if sequence.scope.is_empty() {
        format!("{}#{}", schema.name, scope_text(schema, schema.primary.partition, fields)?)
    } else {
        // Records that name one scope share its numbers.
        format!("#{}", scope_text(schema, sequence.scope, fields)?)
    };
    Ok(Some(Wanted { record: schema, scope, max: sequence.max, has }))
}

impl Wanted {
    /// Whether the record brings its number along.
    pub(super) fn has_number(&self) -> bool {
        self.has > 0
    }

    /// Takes so many numbers and returns the first; `None` where the record has its own, which the
    /// sequence then goes on behind.
    pub(super) async fn take(
        &self,
        source: &Source<'_>,
        tenant: &TenantKey,
        count: u64,
    ) -> Result<Option<u64>> {
        if self.has_number() {
            let (key, given) = (self.counter(source, tenant)?, &source.core.numbers);
            if !given.has_passed(&key, self.has) {
                self.pass(source, &key).await?;
                given.remember(key, self.has);
            }
            return Ok(None);
        }
        self.next(source, tenant, count).await.map(Some)
    }

    /// Takes so many numbers and returns the first.
    async fn next(&self, source: &Source<'_>, tenant: &TenantKey, count: u64) -> Result<u64> {
        let key = self.counter(source, tenant)?;
        let last = self.add(source, &key, count).await?;
        source.core.numbers.remember(key, last);
        if last > self.max {
            let message = format!("the sequence has no numbers left: the field holds {}", self.max);
            return Err(Error::new(ErrorKind::Limit, message).with_record(self.record.name));
        }
        Ok(last + 1 - count)
    }

    /// The record that counts.
    fn counter(&self, source: &Source<'_>, tenant: &TenantKey) -> Result<SystemKey> {
        SystemKey::new(source.core.table, tenant, system::SEQUENCE, &self.scope)
    }

    /// Adds to the counter and returns what it is then.
    async fn add(&self, source: &Source<'_>, key: &SystemKey, count: u64) -> Result<u64> {
        let backend = &*source.core.backend;
        let mut patch = Patch::default();
        let add = Change::Add { min: 0, max: i64::MAX };
        patch
            .push(system::field::NUMBER, add, |to| Scalar::write(&count, to))
            .map_err(|invalid| Error::value(self.record.name, "sequence", &invalid))?;
        let first = key.row(SystemValue { number: Some(count), ..SystemValue::default() });
        let mut lost = None;
        for _ in 0..TRIES {
            let now = source.core.clock.now();
            let outcome = match write_one(backend, key.patch(&patch, None, now)).await? {
                Outcome::Refused { .. } => write_one(backend, key.insert(&first, now)).await?,
                outcome => outcome,
            };
            match outcome {
                Outcome::Patched(mut row) => return Ok(read(&mut row)?.number.unwrap_or(count)),
                Outcome::Applied { .. } => return Ok(count),
                Outcome::Refused { .. } | Outcome::NotUnique { .. } => {}
                // Numbers that were perhaps taken are burnt. With a cause the time is over.
                Outcome::Unknown { error, .. } if error.source().is_some() => {
                    return Err(unavailable(Some(error)));
                }
                Outcome::Unknown { error, .. } => lost = Some(error),
                Outcome::Failed(error) => return Err(error),
            }
        }
        Err(unavailable(lost))
    }

    /// Moves the counter to the record's own number, unless it is there already.
    async fn pass(&self, source: &Source<'_>, key: &SystemKey) -> Result<()> {
        let backend = &*source.core.backend;
        let own = i64::try_from(self.has).unwrap_or(i64::MAX);
        let mut patch = Patch::default();
        patch
            .push(system::field::NUMBER, Change::Set, |to| to.int(own))
            .map_err(|invalid| Error::value(self.record.name, "sequence", &invalid))?;
        let behind = Filter::Compare {
            field: system::field::NUMBER,
            compare: Compare::Less,
            value: Value::Int(own),
        };
        let first = key.row(SystemValue { number: Some(self.has), ..SystemValue::default() });
        let mut lost = None;
        for _ in 0..TRIES {
            let now = source.core.clock.now();
            let outcome = match write_one(backend, key.patch(&patch, Some(&behind), now)).await? {
                Outcome::Refused { stored: None } => {
                    match write_one(backend, key.insert(&first, now)).await? {
                        Outcome::Refused { .. } => continue,
                        outcome => outcome,
                    }
                }
                outcome => outcome,
            };
            match outcome {
                Outcome::Unknown { error, .. } if error.source().is_some() => {
                    return Err(unavailable(Some(error)));
                }
                Outcome::Unknown { error, .. } => lost = Some(error),
                Outcome::Failed(error) => return Err(error),
                _ => return Ok(()),
            }
        }
        Err(unavailable(lost))
    }
}

fn unavailable(lost: Option<Error>) -> Error {
    let error = Error::new(ErrorKind::Unavailable, "the sequence gave no number");
    match lost {
        Some(lost) => error.with_source(lost),
        None => error,
    }
}

/// The number that a write of this record takes, if it takes one.
pub(super) async fn take<R: Record>(
    source: &Source<'_>,
    tenant: &TenantKey,
    record: &R,
    insert: bool,
) -> Result<Option<u64>> {
    let Some(wanted) = wanted(R::SCHEMA, record, insert)? else {
        return Ok(None);
    };
    // A record of another tenant takes none of this one's numbers.
    check_tenant(R::SCHEMA, record, tenant)?;
    wanted.take(source, tenant, 1).await
}

/// The numbers of many records, each `None` where it takes none: those of one scope are taken at once.
pub(super) async fn take_all<R: Record>(
    source: &Source<'_>,
    tenant: &TenantKey,
    records: &[R],
    insert: bool,
) -> Result<Vec<Option<u64>>> {
    if R::SCHEMA.sequence.is_none() {
        return Ok(Vec::new());
    }
    let mut numbers = vec![None; records.len()];
    let mut unnumbered: BTreeMap<String, (Wanted, Vec<usize>)> = BTreeMap::new();
    // Of those that bring a number along, the largest of each scope does for all.
    let mut numbered: BTreeMap<String, Wanted> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        let Some(wanted) = wanted(R::SCHEMA, record, insert)? else {
            continue;
        };
        check_tenant(R::SCHEMA, record, tenant)?;
        if wanted.has == 0 {
            let scope = wanted.scope.clone();
            unnumbered.entry(scope).or_insert_with(|| (wanted, Vec::new())).1.push(at);
        } else {
            let largest = numbered
                .entry(wanted.scope.clone())
                .or_insert_with(|| Wanted { scope: wanted.scope.clone(), ..wanted });
            largest.has = largest.has.max(wanted.has);
        }
    }
    for wanted in numbered.values() {
        wanted.take(source, tenant, 1).await?;
    }
    for (wanted, places) in unnumbered.values() {
        let first = wanted.take(source, tenant, places.len() as u64).await?;
        for (number, at) in (first.unwrap_or_default()..).zip(places) {
            numbers[*at] = Some(number);
        }
    }
    Ok(numbers)
}

/// A number for a record that is not stored yet; awaited, it is the number.
#[must_use = "no number is taken until this is awaited"]
pub struct AssignNumber<'a, R> {
    source: Source<'a>,
    record: &'a mut R,
}

impl<'a, R: Record> AssignNumber<'a, R> {
    pub(super) fn new(source: Source<'a>, record: &'a mut R) -> Self {
        Self { source, record }
    }
}

impl<R: Record> std::fmt::Debug for AssignNumber<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AssignNumber").field("record", &R::SCHEMA.name).finish_non_exhaustive()
    }
}

impl<'a, R: Record> IntoFuture for AssignNumber<'a, R> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Result<u64>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { source, record } = self;
            let tenant = source.tenant()?;
            check_tenant(R::SCHEMA, &*record, tenant)?;
            let Some(wanted) = wanted(R::SCHEMA, &*record, true)? else {
                return Err(Error::new(ErrorKind::Unsupported, "the record has no sequence")
                    .with_record(R::SCHEMA.name));
            };
            if wanted.has_number() {
                return Ok(wanted.has);
            }
            let number = wanted.next(&source, tenant, 1).await?;
            let revision = revision_of(R::SCHEMA, &*record)?.unwrap_or_default();
            record.stamp(&Stamps {
                revision,
                created: None,
                updated: None,
                sequence: Some(number),
            });
            Ok(number)
        })
    }
}
