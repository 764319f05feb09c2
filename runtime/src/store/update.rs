//! Updates: atomic changes of single fields.

use std::future::IntoFuture;
use std::marker::PhantomData;

use super::assign::{Addable, Assign, CanBeSet, ListField, SetField};
use super::filter::{Condition, Field, InvalidOperand};
use super::reconcile::Unsettled;
use super::system::write_one;
use super::write::{Plan, check_expect, refusal, unanswered};
use super::{Source, Stamps, sequence};
use crate::backend::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{Arg, Key, TenantKey, check_limits};
use crate::record::Record;
use crate::request::{self, Action, Change, Expect, Filter, Outcome, Write};
use crate::schema::{Path, Reader, RecordSchema};
use crate::value::{FieldSink, Invalid, Row, Value, set};
use crate::{Revision, Timestamp};

/// How often an update that inserts where there is no record begins again, while others insert and
/// delete it.
const TRIES: u32 = 64;

/// Changes of a record that are made when a [`Transaction`](super::Transaction) commits; see [`Key::patch`].
pub type Patch<R> = Update<Unplaced, R>;

/// Where a [`Patch`] takes place: it is not said yet.
#[derive(Clone, Copy, Debug)]
pub enum Unplaced {}

/// Changes of fields of one stored record, applied together or not at all; awaited, it is the record
/// as it is then.
///
/// The revision and the stamp of the last write move as with a save. Nothing is read first, so changes
/// by several writers add up instead of conflicting. On DynamoDB an update costs one request, and a read
/// more where it touches an index or a unique value whose other fields it does not set.
///
/// ```
/// # use keyloom::{Record, Revision, Table, memory::Memory};
/// # #[derive(Record, Clone, Debug)]
/// # #[record(global, partition = "pages", sort = "{path}")]
/// # struct Page {
/// #     path: String, title: String, hits: u32, labels: Vec<String>, note: Option<String>,
/// #     #[record(revision)] revision: Revision,
/// # }
/// # #[derive(Table)]
/// # #[table(name = "site", records(Page))]
/// # struct Site;
/// # async fn run() -> keyloom::Result<()> {
/// # let site = Site::open(Memory::new()).await?.global();
/// let page = site
///     .update(Page::key("/start"))
///     .set(Page::TITLE, "Start")
///     .add(Page::HITS, 1)
///     .append(Page::LABELS, ["new"])
///     .remove(Page::NOTE)
///     .await?;
/// println!("{} hits", page.hits);
/// # Ok(()) }
/// ```
#[must_use = "nothing is changed until this is awaited"]
pub struct Update<W, R> {
    source: Option<W>,
    key: Key<R>,
    patch: request::Patch,
    invalid: Option<(usize, Invalid)>,
    expected: Option<Revision>,
    filter: Result<Option<Filter>, InvalidOperand>,
    restore: bool,
    insert: Option<R>,
}

impl<W, R: Record> std::fmt::Debug for Update<W, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Update").field("key", &self.key).finish_non_exhaustive()
    }
}

impl<R: Record> Key<R> {
    /// Changes of the record with this key, for [`Transaction::update`](super::Transaction::update).
    pub fn patch(self) -> Patch<R> {
        Update::of(None, self)
    }
}

impl<W, R: Record> Update<W, R> {
    pub(super) fn new(source: W, key: Key<R>) -> Self {
        Self::of(Some(source), key)
    }

    fn of(source: Option<W>, key: Key<R>) -> Self {
        let patch = request::Patch::default();
        let filter = Ok(None);
        Self {
            source,
            key,
            patch,
            invalid: None,
            expected: None,
            filter,
            restore: false,
            insert: None,
        }
    }

    /// Takes the mark of a soft delete off.
    pub(super) fn restore(source: W, key: Key<R>) -> Self {
        let mut update = Self::new(source, key);
        match R::SCHEMA.roles.deleted {
            Some(at) => {
                update.change(at, Change::Remove, |to| to.null());
                update.filter = Ok(Some(Filter::Present(at)));
            }
            // Only records with the role have this method.
            None => update.filter = Ok(Some(Filter::Any(Vec::new()))),
        }
        update.restore = true;
        update
    }

    fn change(
        &mut self,
        at: usize,
        change: Change,
        write: impl FnOnce(&mut dyn FieldSink) -> Result<(), Invalid>,
    ) {
        // The first mistake is told when the update is awaited, so that it can be built without `?`.
        if let Err(invalid) = self.patch.push(at, change, write) {
            self.invalid.get_or_insert((at, invalid));
        }
    }

    /// Sets a field.
    pub fn set<T, S: CanBeSet>(mut self, field: Field<R, T, S>, value: impl Assign<T>) -> Self {
        let value = value.into_value();
        self.change(field.at(), Change::Set, |to| field.write_value(&value, to));
        self
    }

    /// Sets a field that is absent, and leaves one that is present.
    pub fn set_if_absent<T, S: CanBeSet>(
        mut self,
        field: Field<R, Option<T>, S>,
        value: impl Assign<T>,
    ) -> Self {
        let value = Some(value.into_value());
        self.change(field.at(), Change::SetIfAbsent, |to| field.write_value(&value, to));
        self
    }

    /// Makes an optional field absent.
    pub fn remove<T, S: CanBeSet>(mut self, field: Field<R, Option<T>, S>) -> Self {
        self.change(field.at(), Change::Remove, |to| to.null());
        self
    }

    /// Adds to an integer; an absent one counts as zero. A sum that the field's type cannot hold is
    /// `InvalidValue`.
    pub fn add<T: Addable, S: CanBeSet>(
        mut self,
        field: Field<R, T, S>,
        amount: T::Amount,
    ) -> Self {
        let change = Change::Add { min: T::MIN, max: T::MAX };
        self.change(field.at(), change, |to| to.int(T::amount(amount)?));
        self
    }

    /// Subtracts from an integer, as [`add`](Self::add) adds.
    pub fn subtract<T: Addable, S: CanBeSet>(
        mut self,
        field: Field<R, T, S>,
        amount: T::Amount,
    ) -> Self {
        let change = Change::Add { min: T::MIN, max: T::MAX };
        self.change(field.at(), change, |to| {
            let amount = T::amount(amount)?;
            let negated = amount.checked_neg();
            to.int(negated.ok_or_else(|| Invalid::new(format!("{amount} cannot be subtracted")))?)
        });
        self
    }

    /// Puts elements behind a list; an absent list counts as empty.
    pub fn append<T, S, I>(self, field: Field<R, T, S>, elements: I) -> Self
    where
        T: ListField,
        S: CanBeSet,
        I: IntoIterator<Item: Assign<T::Element>>,
    {
        self.join(field, Change::Append, elements)
    }

    /// Puts elements before a list; an absent list counts as empty.
    pub fn prepend<T, S, I>(self, field: Field<R, T, S>, elements: I) -> Self
    where
        T: ListField,
        S: CanBeSet,
        I: IntoIterator<Item: Assign<T::Element>>,
    {
        self.join(field, Change::Prepend, elements)
    }

    fn join<T, S, I>(mut self, field: Field<R, T, S>, change: Change, elements: I) -> Self
    where
        T: ListField,
        I: IntoIterator<Item: Assign<T::Element>>,
    {
        let elements: Vec<T::Element> = elements.into_iter().map(Assign::into_value).collect();
        self.change(field.at(), change, |to| to.document(&elements));
        self
    }

    /// Adds elements to a set.
    pub fn insert_into<T, S, I>(self, field: Field<R, T, S>, elements: I) -> Self
    where
        T: SetField,
        S: CanBeSet,
        I: IntoIterator<Item: Arg<T::Element>>,
    {
        self.merge(field, Change::Insert, elements)
    }

    /// Takes elements out of a set.
    pub fn remove_from<T, S, I>(self, field: Field<R, T, S>, elements: I) -> Self
    where
        T: SetField,
        S: CanBeSet,
        I: IntoIterator<Item: Arg<T::Element>>,
    {
        self.merge(field, Change::Take, elements)
    }

    fn merge<T, S, I>(mut self, field: Field<R, T, S>, change: Change, elements: I) -> Self
    where
        T: SetField,
        I: IntoIterator<Item: Arg<T::Element>>,
    {
        let mut row = Row::default();
        let written = elements.into_iter().try_for_each(|element| element.write_value(&mut row));
        self.change(field.at(), change, |to| {
            written?;
            set::write_elements::<T::Element>(&row, to)
        });
        self
    }

    /// Only if the stored record has this revision; else `Conflict`.
    pub fn if_revision(mut self, revision: Revision) -> Self {
        self.expected = Some(revision);
        self
    }

    /// Only if a record is stored; that is so without saying.
    pub fn if_exists(self) -> Self {
        self
    }

    /// Only if the condition holds; else `ConditionFailed`. A second one is added to the first.
    pub fn when(mut self, condition: Condition<R>) -> Self {
        self.filter = condition.add_to(self.filter);
        self
    }

    /// The request, checked, with the moves of revision and stamp.
    pub(super) fn prepare(self, tenant: &TenantKey, now: Timestamp) -> Result<Prepared<R>> {
        let Self { key, mut patch, invalid, expected, filter, restore, insert, .. } = self;
        let schema = R::SCHEMA;
        let name = |at: usize| schema.fields.get(at).map_or("?", |field| field.name);
        if let Some((at, invalid)) = invalid {
            return Err(Error::value(schema.name, name(at), &invalid));
        }
        let filter =
            filter.map_err(|(at, why)| Error::value(schema.name, name(at), &Invalid::new(why)))?;
        let key = key.row()?.clone();
        check_limits(schema, Path::Primary, tenant, &key)?;
        check_expect(schema, expected.map_or(Expect::Present, |it| Expect::Revision(it.get())))?;
        stamp(schema, &mut patch, now)?;
        Ok(Prepared { key, patch, expected, filter, restore, insert, record: PhantomData })
    }
}

impl<R: Record> Update<Source<'_>, R> {
    /// Stores this record where none is stored with the key, as it is given and without the changes.
    ///
    /// Its key must be the update's. Awaited, the update is then the record that was inserted.
    pub fn or_insert(mut self, record: R) -> Self {
        self.insert = Some(record);
        self
    }
}

/// Adds what every write changes.
pub(super) fn stamp(
    schema: &'static RecordSchema,
    patch: &mut request::Patch,
    now: Timestamp,
) -> Result<()> {
    let next = Change::Add { min: 0, max: i64::MAX };
    let revision = schema.roles.revision.map(|at| (at, next, 1));
    let updated = schema.roles.updated.map(|at| (at, Change::Set, now.as_micros()));
    for (at, change, operand) in revision.into_iter().chain(updated) {
        patch
            .push(at, change, |to| to.int(operand))
            .map_err(|invalid| Error::value(schema.name, schema.fields[at].name, &invalid))?;
    }
    Ok(())
}

/// A checked update.
pub(super) struct Prepared<R> {
    pub(super) key: Row,
    patch: request::Patch,
    expected: Option<Revision>,
    filter: Option<Filter>,
    restore: bool,
    insert: Option<R>,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> Prepared<R> {
    fn expect(&self) -> Expect {
        self.expected.map_or(Expect::Present, |revision| Expect::Revision(revision.get()))
    }

    pub(super) fn write<'w>(
        &'w self,
        tenant: &'w TenantKey,
        record: usize,
        now: Timestamp,
    ) -> Write<'w> {
        let action = Action::Patch { key: &self.key, patch: &self.patch, expect: self.expect() };
        let write = Write::new(tenant, record, action, now);
        Write { when: self.filter.as_ref(), deleted: self.restore, ..write }
    }

    /// The error of an update that was not applied, or of which nobody knows.
    pub(super) fn failure(&self, outcome: Outcome) -> Error {
        let (expected, expect) = (self.expected.unwrap_or_default(), self.expect());
        match outcome {
            Outcome::Unknown { error, pending } => error.with_unsettled(Unsettled {
                pending,
                expected,
                expect,
                stamps: None,
                inserted: None,
            }),
            // A record that is not marked is nothing to restore.
            Outcome::Refused { .. } if self.restore => {
                refusal::<R>(expected, expect, Outcome::Refused { stored: None })
            }
            refused => refusal::<R>(expected, expect, refused),
        }
    }

    /// Inserts the record that the update was given; `None` where one is stored by now.
    async fn insert(
        &self,
        source: &Source<'_>,
        tenant: &TenantKey,
        now: Timestamp,
    ) -> Result<Option<Stamps>> {
        let Some(record) = &self.insert else {
            return Ok(None);
        };
        // The key says its number, which the sequence goes on behind.
        sequence::take(source, tenant, record, true).await?;
        let plan = Plan::new(source, R::SCHEMA, tenant, record, true, None, now)?;
        let outcome = write_one(&*source.core.backend, plan.write(tenant, source.record)).await?;
        match outcome {
            Outcome::Refused { stored: Some(row) } if !is_marked(R::SCHEMA, &row) => Ok(None),
            Outcome::Unknown { error, pending } => {
                let inserted = Row::of(&plan.stamped, R::SCHEMA.fields.len()).ok();
                let (expected, expect) = (plan.expected, plan.expect);
                let stamps = Some(plan.stamped.stamps);
                Err(error.with_unsettled(Unsettled { pending, expected, expect, stamps, inserted }))
            }
            outcome => plan.finish::<R>(outcome).map(Some),
        }
    }
}

fn is_marked(schema: &RecordSchema, row: &Row) -> bool {
    schema.roles.deleted.is_some_and(|at| row.get(at) != Value::Null)
}

/// The record that a backend answered.
pub(super) fn decoded<R: Record>(mut row: Row) -> Result<R> {
    R::read_fields(&mut Reader::new(R::SCHEMA, &mut row))
}

impl<'s, R: Record> IntoFuture for Update<Source<'s>, R> {
    type Output = Result<R>;
    type IntoFuture = BoxFuture<'s, Result<R>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Some(source) = self.source else {
                return Err(unanswered());
            };
            let tenant = source.tenant()?;
            if let Some(record) = &self.insert {
                let key = crate::key::key_row(R::SCHEMA, Path::Primary, record)?;
                if key.as_ref() != Some(self.key.row()?) {
                    let message = "the record to insert has another key than the update";
                    return Err(
                        Error::new(ErrorKind::InvalidKey, message).with_record(R::SCHEMA.name)
                    );
                }
                let numbered = sequence::wanted(R::SCHEMA, record, true)?;
                if numbered.is_some_and(|wanted| !wanted.has_number()) {
                    let message = "the record to insert has no number yet, so its key is not known";
                    return Err(
                        Error::new(ErrorKind::InvalidKey, message).with_record(R::SCHEMA.name)
                    );
                }
            }
            let now = source.core.clock.now();
            let mut prepared = self.prepare(tenant, now)?;
            for _ in 0..TRIES {
                let write = prepared.write(tenant, source.record, now);
                match write_one(&*source.core.backend, write).await? {
                    Outcome::Patched(row) => return decoded(row),
                    Outcome::Refused { stored: None } if prepared.insert.is_some() => {}
                    failed => return Err(prepared.failure(failed)),
                }
                let inserted = prepared.insert(&source, tenant, now).await?;
                if let Some((stamps, mut record)) =
                    inserted.zip(prepared.insert.take_if(|_| inserted.is_some()))
                {
                    record.stamp(&stamps);
                    return Ok(record);
                }
            }
            Err(Error::new(
                ErrorKind::Contended,
                "others insert and delete the record all the time",
            )
            .with_record(R::SCHEMA.name))
        })
    }
}
