//! [`Judged`]: a write that no single statement decides, judged on the stored row by the rules of
//! [`Write`].
//!
//! SQLite reads the row and stores what the rules make of it, in one transaction, so its statements
//! have no condition but the key. Called by [`apply`](super::apply) and
//! [`transaction`](super::transaction).

use super::change::{Cells, push_key, push_row};
use super::error::{self, is_unique};
use super::session::Session;
use super::sql::{Prepared, RecordSql};
use super::unique;
use crate::Timestamp;
use crate::error::Error;
use crate::key::TenantKey;
use crate::request::{Action, Expect, Filter, Outcome, Patch, Write, is_live, keep_created};
use crate::value::Row;

/// A write without a borrow, of which the [`Write`] can be made again.
#[derive(Debug)]
pub(super) struct Judged {
    /// The record's position in the table.
    pub(super) record: usize,
    tenant: TenantKey,
    /// The values of the primary key, in key form.
    pub(super) key: Row,
    /// Those of its columns.
    key_cells: Row,
    what: What,
    when: Option<Filter>,
    deleted: bool,
    now: Timestamp,
    max_bytes: Option<usize>,
}

#[derive(Debug)]
enum What {
    /// The columns of the row.
    Put(Row, Expect),
    Patch(Patch, Expect),
    Delete(Expect),
    Check(Expect),
}

impl Judged {
    /// The write; a record that its patch makes may take `max_bytes`.
    pub(super) fn of(
        record: &RecordSql,
        write: &Write<'_>,
        max_bytes: Option<usize>,
    ) -> Result<Self, Error> {
        let key = write.key(record.schema)?;
        let mut key_cells = Row::with_capacity(key.len() + 1);
        push_key(&mut key_cells, record, write.tenant, &key);
        let what = match write.action {
            Action::Put { fields, expect } => {
                let mut row = Row::with_capacity(record.columns.len());
                push_row(&mut row, record, fields)?;
                What::Put(row, expect)
            }
            Action::Patch { patch, expect, .. } => What::Patch(patch.clone(), expect),
            Action::Delete { expect, .. } => What::Delete(expect),
            Action::Check { expect, .. } => What::Check(expect),
        };
        let &Write { tenant, when, deleted, now, .. } = write;
        let (tenant, when) = (tenant.clone(), when.cloned());
        Ok(Self {
            record: write.record,
            tenant,
            key,
            key_cells,
            what,
            when,
            deleted,
            now,
            max_bytes,
        })
    }

    /// The write again.
    pub(super) fn write(&self) -> Write<'_> {
        let key = &self.key;
        let action = match &self.what {
            What::Put(fields, expect) => Action::Put { fields, expect: *expect },
            What::Patch(patch, expect) => Action::Patch { key, patch, expect: *expect },
            What::Delete(expect) => Action::Delete { key, expect: *expect },
            What::Check(expect) => Action::Check { key, expect: *expect },
        };
        let write = Write::new(&self.tenant, self.record, action, self.now);
        Write { when: self.when.as_ref(), deleted: self.deleted, ..write }
    }

    fn key_cells(&self) -> Cells<'_> {
        Cells::of(&self.key_cells, self.now)
    }
}

/// The row with the write's key, live or not.
pub(super) fn stored(
    session: &Session<'_>,
    record: &RecordSql,
    judged: &Judged,
) -> rusqlite::Result<Option<Row>> {
    session.fields(record, &record.stored_by_key, judged.key_cells())
}

/// Applies a write to the row that was read for it, inside the same transaction.
pub(super) fn apply<'c>(
    session: &mut Session<'c>,
    record: &'c RecordSql,
    judged: &Judged,
    stored: Option<Row>,
) -> rusqlite::Result<Outcome> {
    let schema = record.schema;
    let write = judged.write();
    let is_there =
        stored.as_ref().is_some_and(|row| is_live(schema, &|at| row.get(at), true, write.now));
    let seen = stored.filter(|row| write.sees(schema, &|at| row.get(at)));
    if !write.fits(schema, seen.as_ref()) {
        return Ok(Outcome::Refused { stored: seen });
    }
    let existed = seen.is_some();
    match &judged.what {
        What::Check(_) => {}
        What::Delete(_) => {
            session.execute(&record.remove, judged.key_cells(), None)?;
        }
        What::Patch(patch, _) => {
            return change(session, record, judged, patch, &seen.unwrap_or_default());
        }
        What::Put(columns, expect) => {
            let (columns, created) = keep_created(schema, columns.clone(), seen.as_ref());
            let created = created.filter(|_| *expect == Expect::Anything);
            // Expired rows are the insert's to replace: making room may remove this one before.
            let prepared = if is_there { &record.rewrite } else { &record.insert };
            let cells = Cells::of(&columns, judged.now);
            return store(session, record, prepared, cells, Outcome::Applied { existed, created });
        }
    }
    Ok(Outcome::Applied { existed, created: None })
}

/// Stores what a patch makes of a row.
fn change<'c>(
    session: &mut Session<'c>,
    record: &'c RecordSql,
    judged: &Judged,
    patch: &Patch,
    stored: &Row,
) -> rusqlite::Result<Outcome> {
    match patched(record, judged, patch, stored) {
        Ok((columns, row)) => {
            let cells = Cells::of(&columns, judged.now);
            store(session, record, &record.rewrite, cells, Outcome::Patched(row))
        }
        Err(error) => Ok(Outcome::Failed(error)),
    }
}

/// The columns and the fields of what a patch makes of a row.
fn patched(
    record: &RecordSql,
    judged: &Judged,
    patch: &Patch,
    stored: &Row,
) -> Result<(Row, Row), Error> {
    let row = patch.apply(record.schema, &judged.tenant, stored, judged.max_bytes)?;
    let mut columns = Row::with_capacity(record.columns.len());
    push_row(&mut columns, record, &row)?;
    Ok((columns, row))
}

/// Stores a row over the one that was read, of which `outcome` is then the answer.
fn store<'c>(
    session: &mut Session<'c>,
    record: &'c RecordSql,
    prepared: &'c Prepared,
    cells: Cells<'_>,
    outcome: Outcome,
) -> rusqlite::Result<Outcome> {
    let refusal = match session.execute(prepared, cells, None) {
        Ok(0) => return Ok(Outcome::Failed(error::misplaced(record.schema.name))),
        Ok(_) => return Ok(outcome),
        Err(error) if is_unique(&error) => error,
        Err(error) => return Err(error),
    };
    let again = |session: &mut Session<'c>| session.execute(prepared, cells, None).map(|_| outcome);
    match unique::make_room(session, record, cells, again)? {
        Some(outcome) => Ok(outcome),
        None => unique::violated(session, record, cells, refusal),
    }
}
