//! Transactions: what a backend answers, and what no transaction may exceed.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Action, Outcome, Patch, Pending, Write};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyText, TenantKey, key_row};
use crate::schema::{Path, RecordSchema};
use crate::value::{Fields, Row};

/// The most items of a transaction, on every engine.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
pub const MAX_TRANSACTION_ITEMS: usize = 100;

/// The most bytes of a transaction's records, on every engine.
pub const MAX_TRANSACTION_BYTES: usize = 4 * 1024 * 1024;

/// What became of a transaction.
#[derive(Debug)]
#[non_exhaustive]
pub enum Transacted {
    /// All was applied; the outcome of each write, in order.
    Committed(Vec<Outcome>),
    /// Nothing was applied.
    Refused {
        /// The first write that could not be.
        at: usize,
        /// Why: [`Outcome::Refused`], [`Outcome::NotUnique`] or [`Outcome::Failed`].
        outcome: Outcome,
    },
    /// All was applied, or nothing.
    Unknown {
        /// Why that is not known, of the kind `UnknownOutcome`.
        error: Error,
        /// How to find out later; of a transaction that was applied it answers `Applied`.
        pending: Arc<dyn Pending>,
    },
}

/// The items that a transaction touches on an engine that keeps unique values as items, counted alike
/// on every engine.
#[derive(Debug, Default)]
pub struct Footprint {
    items: HashSet<KeyText>,
}

impl Footprint {
    /// Adds a write: the item of its record, and those of the unique values that it takes, keeps or
    /// gives free.
    ///
    /// `stored` is the record as the write [sees](Write::sees) it; only a write that
    /// [needs it](Write::needs_stored) is asked for it, and what a write may not be applied to it does
    /// not touch. A second write of one item is refused, and so are too many.
    pub fn add(
        &mut self,
        record: &'static RecordSchema,
        write: &Write<'_>,
        key: &Row,
        stored: Option<&Row>,
    ) -> Result<()> {
        let own = KeyText::encode(record, Path::Primary, write.tenant, key)
            .map_err(|invalid| Error::new(ErrorKind::InvalidKey, invalid.to_string()))?;
        if !self.items.insert(own) {
            return Err(Error::new(
                ErrorKind::InvalidKey,
                "one key stands twice in the transaction",
            )
            .with_record(record.name));
        }
        for guard in touched(record, write, stored)? {
            if !self.items.insert(guard) {
                let message = "two writes of the transaction touch one unique value";
                return Err(Error::new(ErrorKind::InvalidKey, message).with_record(record.name));
            }
        }
        if self.items.len() > MAX_TRANSACTION_ITEMS {
            return Err(Error::new(
                ErrorKind::Limit,
                format!(
                    "the transaction has more than {MAX_TRANSACTION_ITEMS} items, of which each \
                     record is one and each unique value one"
                ),
            ));
        }
        Ok(())
    }
}

/// The items of the unique values that a write takes, keeps or gives free.
fn touched(
    record: &'static RecordSchema,
    write: &Write<'_>,
    stored: Option<&Row>,
) -> Result<HashSet<KeyText>> {
    let mut guards = HashSet::new();
    if !write.needs_stored(record) {
        return Ok(guards);
    }
    let before = stored.filter(|row| write.fits(record, Some(row)));
    let patched = match (write.action, before) {
        (Action::Patch { patch, .. }, Some(row)) => {
            patch.apply(record, write.tenant, row, None).ok()
        }
        _ => None,
    };
    let after = match write.action {
        Action::Put { fields, .. } => Some(fields),
        _ => patched.as_ref().map(|row| row as &dyn Fields),
    };
    let before = before.map(|row| row as &dyn Fields);
    for fields in [before, after].into_iter().flatten() {
        guards.extend(guard_keys(record, write.tenant, fields)?.into_iter().map(|(_, key)| key));
    }
    Ok(guards)
}

/// The keys of the items that hold a record's unique values, with the positions of the indexes.
pub(crate) fn guard_keys(
    record: &'static RecordSchema,
    tenant: &TenantKey,
    fields: &dyn Fields,
) -> Result<Vec<(usize, KeyText)>> {
    let mut guards = Vec::new();
    for (index, schema) in record.indexes.iter().enumerate() {
        if !schema.unique {
            continue;
        }
        if let Some(values) = key_row(record, Path::Index(index), fields)? {
            let key = KeyText::guard(record, index, tenant, &values).map_err(|invalid| {
                Error::new(ErrorKind::InvalidKey, invalid.to_string()).with_record(record.name)
            })?;
            guards.push((index, key));
        }
    }
    Ok(guards)
}

impl Patch {
    /// Whether it changes what an item of a unique value holds: the value, or when it expires.
    pub fn moves_guards(&self, record: &'static RecordSchema) -> bool {
        let unique = (0..record.indexes.len()).filter(|&at| record.indexes[at].unique);
        let mut fields = unique
            .clone()
            .flat_map(|at| record.placeholders(Path::Index(at)))
            .map(|placeholder| placeholder.field);
        fields.any(|field| self.changes(field))
            || (unique.count() > 0 && record.roles.expires.is_some_and(|at| self.changes(at)))
    }
}

impl Write<'_> {
    /// Whether the stored record says which unique values a write touches besides those it sets.
    pub fn needs_stored(&self, record: &'static RecordSchema) -> bool {
        let has_guards = record.indexes.iter().any(|index| index.unique);
        match self.action {
            Action::Put { .. } | Action::Delete { .. } => has_guards,
            Action::Patch { patch, .. } => patch.moves_guards(record),
            Action::Check { .. } => false,
        }
    }
}
