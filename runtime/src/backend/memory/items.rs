//! What one table of memory holds, and what a write does to it.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyText, TenantKey, position_row};
use crate::request::{
    Action, Expect, Footprint, Outcome, Sweep, Swept, Transacted, Write, guard_keys, is_live,
    keep_created,
};
use crate::schema::{Path, RecordSchema, TableSchema};
use crate::store::MAX_RECORD_BYTES;
use crate::value::{Invalid, Row};

/// The items of one table.
#[derive(Debug, Default)]
pub(super) struct Items {
    stored: BTreeMap<KeyText, Item>,
    /// Index entries by slot, each with the primary key of its item.
    entries: BTreeMap<(u8, KeyText), KeyText>,
    /// Unique values, each with the primary key of the item that holds it.
    guards: BTreeMap<KeyText, KeyText>,
}

/// A stored record.
#[derive(Debug)]
pub(super) struct Item {
    /// The record's position.
    pub(super) record: usize,
    /// Its fields.
    pub(super) row: Row,
    /// The keys that lead to it.
    entries: Vec<(u8, KeyText)>,
    guards: Vec<KeyText>,
}

/// A write that may be applied: the item that it stores, or `None` where it removes one.
struct Planned {
    key: KeyText,
    new: Option<Item>,
    /// Whether nothing is written at all.
    check: bool,
    outcome: Outcome,
}

/// The error of a key that has no text.
pub(super) fn invalid_key(record: &RecordSchema, invalid: &Invalid) -> Error {
    Error::new(ErrorKind::InvalidKey, invalid.to_string()).with_record(record.name)
}

impl Item {
    fn new(at: usize, record: &'static RecordSchema, tenant: &TenantKey, row: Row) -> Result<Self> {
        let mut entries = Vec::new();
        for (index, schema) in record.indexes.iter().enumerate().filter(|(_, it)| it.slot > 0) {
            let path = Path::Index(index);
            if let Some(position) = position_row(record, path, &row)? {
                let key = KeyText::encode(record, path, tenant, &position);
                entries.push((schema.slot, key.map_err(|invalid| invalid_key(record, &invalid))?));
            }
        }
        let guards = guard_keys(record, tenant, &row)?.into_iter().map(|(_, key)| key).collect();
        Ok(Self { record: at, row, entries, guards })
    }
}

impl Items {
    /// The item with this primary key.
    pub(super) fn get(&self, key: &KeyText) -> Option<&Item> {
        self.stored.get(key)
    }

    /// The items in a range of primary keys.
    pub(super) fn stored(
        &self,
        range: (Bound<KeyText>, Bound<KeyText>),
    ) -> impl DoubleEndedIterator<Item = &Item> {
        self.stored.range(range).map(|(_, item)| item)
    }

    /// The items in a range of an index.
    pub(super) fn indexed(
        &self,
        slot: u8,
        (low, high): (Bound<KeyText>, Bound<KeyText>),
    ) -> impl DoubleEndedIterator<Item = &Item> {
        let bound = |bound: Bound<KeyText>| bound.map(|key| (slot, key));
        self.entries.range((bound(low), bound(high))).filter_map(|(_, key)| self.stored.get(key))
    }

    fn remove(&mut self, key: &KeyText) {
        if let Some(item) = self.stored.remove(key) {
            for entry in item.entries {
                self.entries.remove(&entry);
            }
            for guard in item.guards {
                self.guards.remove(&guard);
            }
        }
    }

    /// The unique index of which somebody else holds the values.
    fn violated(
        &self,
        record: &'static RecordSchema,
        write: &Write<'_>,
        key: &KeyText,
        row: &Row,
    ) -> Result<Option<usize>> {
        for (index, guard) in guard_keys(record, write.tenant, row)? {
            let holder = self.guards.get(&guard).filter(|holder| *holder != key);
            let holder = holder.and_then(|holder| self.stored.get(holder));
            if holder.is_some_and(|item| exists(record, &item.row, write.now)) {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// What a write does; the outcome of one that may not be applied is the error.
    fn plan(
        &self,
        table: &'static TableSchema,
        write: &Write<'_>,
    ) -> Result<Result<Planned, Outcome>> {
        let record = table.records[write.record];
        let key = KeyText::encode(record, Path::Primary, write.tenant, &write.key(record)?)
            .map_err(|invalid| invalid_key(record, &invalid))?;
        let stored = self.stored.get(&key).map(|item| &item.row);
        let stored = stored.filter(|row| write.sees(record, &|at| row.get(at)));
        if !write.fits(record, stored) {
            return Ok(Err(Outcome::Refused { stored: stored.cloned() }));
        }
        let applied = Outcome::Applied { existed: stored.is_some(), created: None };
        let (row, outcome, check) = match write.action {
            Action::Check { .. } => (None, applied, true),
            Action::Delete { .. } => (None, applied, false),
            Action::Patch { patch, .. } => {
                let row = stored.cloned().unwrap_or_default();
                let row = patch.apply(record, write.tenant, &row, Some(MAX_RECORD_BYTES))?;
                (Some(row.clone()), Outcome::Patched(row), false)
            }
            Action::Put { fields, expect } => {
                let row = Row::of(fields, record.fields.len()).map_err(|(at, invalid)| {
                    Error::value(record.name, record.fields[at].name, &invalid)
                })?;
                let (row, created) = keep_created(record, row, stored);
                let created = created.filter(|_| expect == Expect::Anything);
                let existed = stored.is_some();
                (Some(row), Outcome::Applied { existed, created }, false)
            }
        };
        let Some(row) = row else {
            return Ok(Ok(Planned { key, new: None, check, outcome }));
        };
        if let Some(index) = self.violated(record, write, &key, &row)? {
            return Ok(Err(Outcome::NotUnique { index }));
        }
        let new = Some(Item::new(write.record, record, write.tenant, row)?);
        Ok(Ok(Planned { key, new, check, outcome }))
    }

    fn carry_out(&mut self, planned: Planned) -> Outcome {
        let Planned { key, new, check, outcome } = planned;
        if check {
            return outcome;
        }
        self.remove(&key);
        if let Some(item) = new {
            for guard in &item.guards {
                // Its holder has expired, or the plan would not stand.
                if let Some(holder) = self.guards.get(guard).cloned() {
                    self.remove(&holder);
                }
                self.guards.insert(guard.clone(), key.clone());
            }
            self.entries.extend(item.entries.iter().map(|entry| (entry.clone(), key.clone())));
            self.stored.insert(key, item);
        }
        outcome
    }

    /// Applies one write for itself.
    pub(super) fn write(
        &mut self,
        table: &'static TableSchema,
        write: &Write<'_>,
    ) -> Result<Outcome> {
        Ok(match self.plan(table, write)? {
            Ok(planned) => self.carry_out(planned),
            Err(outcome) => outcome,
        })
    }

    /// Applies all writes or none. No two of them touch one item, so each is judged by what is stored.
    pub(super) fn transact(
        &mut self,
        table: &'static TableSchema,
        writes: &[Write<'_>],
    ) -> Result<Transacted> {
        let mut footprint = Footprint::default();
        let mut plans = Vec::with_capacity(writes.len());
        for write in writes {
            let record = table.records[write.record];
            let key = write.key(record)?;
            let stored = KeyText::encode(record, Path::Primary, write.tenant, &key)
                .ok()
                .and_then(|key| self.stored.get(&key));
            let seen = stored.filter(|item| write.sees(record, &|at| item.row.get(at)));
            footprint.add(record, write, &key, seen.map(|item| &item.row))?;
            let plan = self.plan(table, write);
            plans.push(plan.unwrap_or_else(|error| Err(Outcome::Failed(error))));
        }
        let mut planned = Vec::with_capacity(plans.len());
        for (at, plan) in plans.into_iter().enumerate() {
            match plan {
                Ok(plan) => planned.push(plan),
                Err(outcome) => return Ok(Transacted::Refused { at, outcome }),
            }
        }
        Ok(Transacted::Committed(planned.into_iter().map(|plan| self.carry_out(plan)).collect()))
    }

    /// Removes what has expired.
    pub(super) fn sweep(&mut self, table: &'static TableSchema, sweep: &Sweep) -> Swept {
        let record = table.records[sweep.record];
        let expired: Vec<KeyText> = self
            .stored
            .iter()
            .filter(|(_, item)| item.record == sweep.record)
            .filter(|(_, item)| !exists(record, &item.row, sweep.now))
            .map(|(key, _)| key.clone())
            .take(sweep.limit.get())
            .collect();
        for key in &expired {
            self.remove(key);
        }
        let more = expired.len() == sweep.limit.get();
        Swept { removed: expired.len(), resume: more.then(Row::default) }
    }
}

/// Whether a stored record has not expired; softly deleted ones still hold their key and values.
fn exists(record: &RecordSchema, row: &Row, now: Timestamp) -> bool {
    is_live(record, &|at| row.get(at), true, now)
}
