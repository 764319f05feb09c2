//! Writes: insert, save, and many of them at once.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::future::IntoFuture;
use std::hash::BuildHasher;

use super::reconcile::Unsettled;
use super::size::check_record;
use super::{Source, Stamps, sequence};
use crate::backend::BoxFuture;
use crate::error::{Conflict, Error, ErrorKind, Result};
use crate::key::{TenantKey, append_key, key_row};
use crate::record::Record;
use crate::request::{Action, Expect, Outcome, Write};
use crate::schema::{Path, Reader, RecordSchema, SetOf};
use crate::value::{FieldSink, Fields, Invalid, Row, Scalar, Value};
use crate::{Revision, Timestamp};

/// How many records of a batch go to the backend at once.
pub(super) const BATCH: usize = 1_000;

/// A record with the revision, the stamps and the number that the write gives it.
///
/// The caller's struct stays as it is until the write has succeeded, so these stand before its own.
pub(super) struct Stamped<'a> {
    pub(super) record: &'a dyn Fields,
    pub(super) schema: &'static RecordSchema,
    pub(super) stamps: Stamps,
}

impl Fields for Stamped<'_> {
    fn field(&self, at: usize, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        let roles = &self.schema.roles;
        let stamps = &self.stamps;
        if roles.revision == Some(at) {
            Scalar::write(&stamps.revision, to)
        } else if let (true, Some(updated)) = (roles.updated == Some(at), stamps.updated) {
            to.int(updated.as_micros())
        } else if let (true, Some(created)) = (roles.created == Some(at), stamps.created) {
            to.int(created.as_micros())
        } else if let (Some(sequence), Some(number)) = (&self.schema.sequence, stamps.sequence)
            && sequence.field == at
        {
            Scalar::write(&number, to)
        } else {
            self.record.field(at, to)
        }
    }
}

/// Looks at one value of a record without a copy of it.
struct Look<F>(F);

impl<F: FnMut(Value<'_>)> FieldSink for Look<F> {
    fn null(&mut self) -> Result<(), Invalid> {
        (self.0)(Value::Null);
        Ok(())
    }

    fn int(&mut self, value: i64) -> Result<(), Invalid> {
        (self.0)(Value::Int(value));
        Ok(())
    }

    fn real(&mut self, value: f64) -> Result<(), Invalid> {
        (self.0)(Value::Real(value));
        Ok(())
    }

    fn text(&mut self, value: &str) -> Result<(), Invalid> {
        (self.0)(Value::Text(value.into()));
        Ok(())
    }

    fn bytes(&mut self, value: &[u8]) -> Result<(), Invalid> {
        (self.0)(Value::Bytes(value.into()));
        Ok(())
    }

    fn set(&mut self, _: SetOf, _: &[Value<'_>]) -> Result<(), Invalid> {
        Err(Invalid::new("a set has no role"))
    }

    fn document(&mut self, _: &dyn erased_serde::Serialize) -> Result<(), Invalid> {
        Err(Invalid::new("a nested value has no role"))
    }
}

/// The revision that a record holds; `None` for a type without one.
pub(super) fn revision_of(
    schema: &'static RecordSchema,
    record: &dyn Fields,
) -> Result<Option<Revision>> {
    let Some(at) = schema.roles.revision else {
        return Ok(None);
    };
    let mut revision = Ok(Revision::ZERO);
    record
        .field(at, &mut Look(|value: Value<'_>| revision = Scalar::read(value)))
        .and(revision)
        .map(Some)
        .map_err(|invalid| Error::value(schema.name, schema.fields[at].name, &invalid))
}

/// Refuses a condition on the revision of a record that has none.
pub(super) fn check_expect(schema: &'static RecordSchema, expect: Expect) -> Result<()> {
    if matches!(expect, Expect::Revision(_)) && schema.roles.revision.is_none() {
        return Err(Error::new(ErrorKind::Unsupported, "the record has no revision to expect")
            .with_record(schema.name));
    }
    Ok(())
}

pub(super) fn check_tenant(
    schema: &'static RecordSchema,
    record: &dyn Fields,
    tenant: &TenantKey,
) -> Result<()> {
    let Some(at) = schema.roles.tenant else {
        return Ok(());
    };
    let mut same = false;
    record
        .field(at, &mut Look(|own: Value<'_>| same = tenant.value() == Some(&own)))
        .map_err(|invalid| Error::value(schema.name, schema.fields[at].name, &invalid))?;
    if same {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::TenantMismatch,
        "the record belongs to another tenant than the scope",
    )
    .with_record(schema.name)
    .with_field(schema.fields[at].name))
}

/// A checked write of one record, with what it will have decided when it succeeds.
pub(super) struct Plan<'a> {
    pub(super) stamped: Stamped<'a>,
    pub(super) expect: Expect,
    pub(super) expected: Revision,
    /// The size of the record.
    pub(super) bytes: usize,
    /// When it is written.
    now: Timestamp,
}

impl<'a> Plan<'a> {
    /// Plans a write of a record, which takes `number` from its sequence, if any.
    pub(super) fn new(
        source: &Source<'_>,
        schema: &'static RecordSchema,
        tenant: &TenantKey,
        record: &'a dyn Fields,
        insert: bool,
        number: Option<u64>,
        now: Timestamp,
    ) -> Result<Self> {
        check_tenant(schema, record, tenant)?;
        let held = revision_of(schema, record)?;
        let (expect, expected) = match held {
            Some(revision) if !insert && !revision.is_new() => {
                (Expect::Revision(revision.get()), revision)
            }
            None if !insert => (Expect::Anything, Revision::ZERO),
            _ => (Expect::Absent, Revision::ZERO),
        };
        // A compare-and-set leaves `created` as it is stored, so the struct's own is not stamped.
        let created = (!matches!(expect, Expect::Revision(_))).then_some(now);
        let revision = expected.next();
        let stamps = Stamps { revision, created, updated: Some(now), sequence: number };
        let stamped = Stamped { record, schema, stamps };
        let bytes = check_record(schema, tenant, &stamped, source.core.backend.max_record_bytes())?;
        Ok(Self { stamped, expect, expected, bytes, now })
    }

    pub(super) fn write<'w>(&'w self, tenant: &'w TenantKey, record: usize) -> Write<'w> {
        let action = Action::Put { fields: &self.stamped, expect: self.expect };
        Write::new(tenant, record, action, self.now)
    }

    pub(super) fn finish<R: Record>(&self, outcome: Outcome) -> Result<Stamps> {
        match outcome {
            Outcome::Applied { created, .. } => {
                let stamps = self.stamped.stamps;
                Ok(Stamps { created: created.or(stamps.created), ..stamps })
            }
            Outcome::Unknown { error, pending } => Err(error.with_unsettled(Unsettled {
                pending,
                expected: self.expected,
                expect: self.expect,
                stamps: Some(self.stamped.stamps),
                inserted: None,
            })),
            refused => Err(refusal::<R>(self.expected, self.expect, refused)),
        }
    }
}

/// The error of a write that was not applied.
pub(super) fn refusal<R: Record>(expected: Revision, expect: Expect, outcome: Outcome) -> Error {
    let schema = R::SCHEMA;
    match outcome {
        Outcome::Refused { stored: None } => {
            Error::new(ErrorKind::NotFound, "").with_record(schema.name)
        }
        Outcome::Refused { stored: Some(mut row) } => {
            // A stored revision that does not decode is told by `stored`.
            let actual = revision_of(schema, &row).ok().flatten().unwrap_or_default();
            let stored = R::read_fields(&mut Reader::new(schema, &mut row));
            let error = match expect {
                Expect::Absent => Error::new(ErrorKind::AlreadyExists, ""),
                Expect::Revision(_) if expected != actual => {
                    let message = format!("expected revision {expected}, stored is {actual}");
                    Error::new(ErrorKind::Conflict, message)
                }
                _ => Error::new(ErrorKind::ConditionFailed, ""),
            };
            error
                .with_record(schema.name)
                .with_conflict(Conflict::<R>::new(expected, actual, stored))
        }
        Outcome::NotUnique { index } => {
            let name = schema.indexes.get(index).map_or("?", |index| index.name);
            Error::new(ErrorKind::UniqueViolation, "another record has the same values")
                .with_record(schema.name)
                .with_constraint(name)
        }
        Outcome::Failed(error) | Outcome::Unknown { error, .. } => error,
        Outcome::Applied { .. } | Outcome::Patched(_) => unanswered(),
    }
}

#[cold]
pub(super) fn unanswered() -> Error {
    Error::new(ErrorKind::UnknownOutcome, "the backend gave no answer to the write")
}

/// An insert or a save; awaited, it is done.
#[must_use = "nothing is written until this is awaited"]
pub struct Save<'a, R> {
    source: Source<'a>,
    record: &'a mut R,
    insert: bool,
}

impl<'a, R: Record> Save<'a, R> {
    pub(super) fn new(source: Source<'a>, record: &'a mut R, insert: bool) -> Self {
        Self { source, record, insert }
    }
}

impl<R: Record> std::fmt::Debug for Save<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Save").field("record", &R::SCHEMA.name).finish_non_exhaustive()
    }
}

impl<'a, R: Record> IntoFuture for Save<'a, R> {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'a, Result<()>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { source, record, insert } = self;
            let tenant = source.tenant()?;
            let number = sequence::take(&source, tenant, record, insert).await?;
            let now = source.core.clock.now();
            let stamps = {
                let plan = Plan::new(&source, R::SCHEMA, tenant, record, insert, number, now)?;
                let writes = [plan.write(tenant, source.record)];
                let outcomes = source.core.backend.write(&writes).await?;
                plan.finish::<R>(outcomes.into_iter().next().ok_or_else(unanswered)?)?
            };
            record.stamp(&stamps);
            Ok(())
        })
    }
}

/// Many inserts or saves; awaited, it is the outcome of each, in the order of the records.
///
/// The writes are not one transaction: some may succeed while others fail. The same key twice is
/// refused before anything is written.
#[must_use = "nothing is written until this is awaited"]
pub struct SaveAll<'a, R> {
    source: Source<'a>,
    records: &'a mut [R],
    insert: bool,
}

impl<'a, R: Record> SaveAll<'a, R> {
    pub(super) fn new(source: Source<'a>, records: &'a mut [R], insert: bool) -> Self {
        Self { source, records, insert }
    }
}

impl<R: Record> std::fmt::Debug for SaveAll<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SaveAll").field("records", &self.records.len()).finish_non_exhaustive()
    }
}

pub(super) fn twice<R: Record>() -> Error {
    Error::new(ErrorKind::InvalidKey, "one key stands twice in the batch")
        .with_record(R::SCHEMA.name)
}

/// Refuses a batch that writes one key twice: engines would order the two differently. Records that
/// take a number have a key of their own.
fn check_distinct<R: Record>(records: &[R], numbers: &[Option<u64>]) -> Result<()> {
    // Two keys are the same exactly when their values are. Almost always the hashes tell them apart,
    // and a large batch need not hold all of its keys.
    let numbered = |at: &usize| numbers.get(*at).copied().flatten().is_some();
    let known: Vec<&R> =
        (0..records.len()).filter(|at| !numbered(at)).map(|at| &records[at]).collect();
    let hashing = RandomState::new();
    let mut hashes = HashSet::with_capacity(known.len());
    let mut key = Row::default();
    let mut distinct = true;
    for record in &known {
        key.truncate(0);
        append_key(R::SCHEMA, Path::Primary, *record, &mut key)?;
        distinct &= hashes.insert(hashing.hash_one(&key));
    }
    if distinct {
        return Ok(());
    }
    let mut keys = HashSet::with_capacity(known.len());
    for record in known {
        if !keys.insert(key_row(R::SCHEMA, Path::Primary, record)?) {
            return Err(twice::<R>());
        }
    }
    Ok(())
}

impl<'a, R: Record> IntoFuture for SaveAll<'a, R> {
    type Output = Result<Vec<Result<()>>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { source, records, insert } = self;
            let tenant = source.tenant()?;
            let numbers = sequence::take_all(&source, tenant, records, insert).await?;
            check_distinct(records, &numbers)?;
            let mut results = Vec::with_capacity(records.len());
            let mut numbers = numbers.chunks(BATCH);
            for records in records.chunks_mut(BATCH) {
                let now = source.core.clock.now();
                let numbers = numbers.next().unwrap_or_default();
                let written = save_chunk(&source, tenant, records, numbers, insert, now).await;
                for (record, written) in records.iter_mut().zip(written) {
                    results.push(written.map(|stamps| record.stamp(&stamps)));
                }
            }
            Ok(results)
        })
    }
}

/// The outcome of each write of a batch.
///
/// What fails for the whole batch is told for each of its records, because an error is no `Clone`.
pub(super) struct Answers {
    outcomes: std::vec::IntoIter<Outcome>,
    failure: Option<Error>,
}

impl Answers {
    pub(super) fn of(answer: Result<Vec<Outcome>>) -> Self {
        match answer {
            Ok(outcomes) => Self { outcomes: outcomes.into_iter(), failure: None },
            Err(error) => Self { outcomes: Vec::new().into_iter(), failure: Some(error) },
        }
    }

    pub(super) fn next(&mut self) -> Result<Outcome> {
        self.outcomes.next().ok_or_else(|| match &self.failure {
            Some(error) => error.repeated(),
            None => unanswered(),
        })
    }
}

async fn save_chunk<R: Record>(
    source: &Source<'_>,
    tenant: &TenantKey,
    records: &[R],
    numbers: &[Option<u64>],
    insert: bool,
    now: Timestamp,
) -> Vec<Result<Stamps>> {
    let plans: Vec<Result<Plan<'_>>> = records
        .iter()
        .enumerate()
        .map(|(at, record)| {
            let number = numbers.get(at).copied().flatten();
            Plan::new(source, R::SCHEMA, tenant, record, insert, number, now)
        })
        .collect();
    let writes: Vec<Write<'_>> =
        plans.iter().flatten().map(|plan| plan.write(tenant, source.record)).collect();
    let mut answers = Answers::of(source.core.backend.write(&writes).await);
    plans
        .into_iter()
        .map(|plan| {
            let plan = plan?;
            plan.finish::<R>(answers.next()?)
        })
        .collect()
}
