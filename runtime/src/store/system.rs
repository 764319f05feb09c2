//! What keyloom remembers itself: numbers and tokens, in records of the type [`SYSTEM`].

use crate::Timestamp;
use crate::backend::Backend;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{TenantKey, check_limits};
use crate::request::{Action, Expect, Filter, Get, Outcome, Patch, Rows, Write};
use crate::schema::{Path, SYSTEM, TableSchema, system};
use crate::value::{FieldSource, Row, Scalar as _, Value};

/// One system record: where it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct SystemKey {
    /// Its position in the table's schema.
    at: usize,
    owner: TenantKey,
    key: Row,
}

/// What a system record holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct SystemValue {
    /// The last number given.
    pub(super) number: Option<u64>,
    /// The last number removed.
    pub(super) trimmed: Option<u64>,
    /// When it is forgotten.
    pub(super) expires: Option<Timestamp>,
}

impl SystemKey {
    /// The record of this kind and name.
    pub(super) fn new(
        table: &TableSchema,
        tenant: &TenantKey,
        kind: &str,
        name: &str,
    ) -> Result<Self> {
        let at = table.system().ok_or_else(|| {
            Error::new(ErrorKind::SchemaMismatch, "the table's schema lacks the system record")
        })?;
        let owner = tenant.of_system();
        let mut key = Row::with_capacity(2);
        key.push(&Value::Text(kind.into()));
        key.push(&Value::Text(name.into()));
        check_limits(SYSTEM, Path::Primary, &owner, &key)?;
        Ok(Self { at, owner, key })
    }

    /// Its name.
    pub(super) fn name(&self) -> String {
        match self.key.get(1) {
            Value::Text(name) => name.into_owned(),
            _ => String::new(),
        }
    }

    /// The whole record.
    pub(super) fn row(&self, value: SystemValue) -> Row {
        let mut row = Row::with_capacity(SYSTEM.fields.len());
        row.push(self.owner.value().unwrap_or(&Value::Null));
        row.push(&self.key.get(0));
        row.push(&self.key.get(1));
        for number in [value.number, value.trimmed] {
            row.push(&number.and_then(|it| i64::try_from(it).ok()).map_or(Value::Null, Value::Int));
        }
        row.push(&value.expires.map_or(Value::Null, |at| Value::Int(at.as_micros())));
        row
    }

    /// Stores the record where none is.
    pub(super) fn insert<'w>(&'w self, row: &'w Row, now: Timestamp) -> Write<'w> {
        let action = Action::Put { fields: row, expect: Expect::Absent };
        Write::new(&self.owner, self.at, action, now)
    }

    /// Changes the stored record, if `when` holds.
    pub(super) fn patch<'w>(
        &'w self,
        patch: &'w Patch,
        when: Option<&'w Filter>,
        now: Timestamp,
    ) -> Write<'w> {
        let action = Action::Patch { key: &self.key, patch, expect: Expect::Present };
        Write { when, ..Write::new(&self.owner, self.at, action, now) }
    }

    /// The stored record.
    pub(super) async fn get(
        &self,
        backend: &dyn Backend,
        now: Timestamp,
    ) -> Result<Option<SystemValue>> {
        struct Found(Option<Result<SystemValue>>);
        impl Rows for Found {
            fn row(&mut self, _: usize, row: &mut dyn FieldSource) -> Result<()> {
                self.0 = Some(read(row));
                Ok(())
            }
        }
        let mut found = Found(None);
        let keys = [&self.key];
        let get = Get {
            tenant: &self.owner,
            record: self.at,
            keys: &keys,
            eventual: false,
            deleted: false,
            now,
        };
        backend.get(&get, &mut found).await?;
        found.0.transpose()
    }
}

fn number(at: usize, row: &mut dyn FieldSource) -> Result<Option<u64>> {
    let value = row.value(at).and_then(|value| match value {
        Value::Null => Ok(None),
        value => u64::read(value).map(Some),
    });
    value.map_err(|invalid| Error::decode(SYSTEM.name, SYSTEM.fields[at].name, &invalid))
}

/// What a stored system record holds.
pub(super) fn read(row: &mut dyn FieldSource) -> Result<SystemValue> {
    Ok(SystemValue {
        number: number(system::field::NUMBER, row)?,
        trimmed: number(system::field::TRIMMED, row)?,
        expires: None,
    })
}

/// A backend's answer to one write.
pub(super) async fn write_one(backend: &dyn Backend, write: Write<'_>) -> Result<Outcome> {
    let outcomes = backend.write(&[write]).await?;
    outcomes.into_iter().next().ok_or_else(super::write::unanswered)
}
