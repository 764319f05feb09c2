//! Patches: as one update where the patch alone says what is stored, else as a read and a write of what
//! was read.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;

use super::call::Attempts;
use super::change::{Answer, Change, Kind};
use super::expression::Aliases;
use super::filter;
use super::item::{VERSION, number, row_of, value_attribute};
use super::put::{
    NewItem, index_names, key_item, live_condition, new_id, not_written, revision_condition,
    shift_writes, text, ttl, whole,
};
use super::settle::{Attempt, Ended, Expects};
use super::write::{Task, contended};
use crate::error::{Error, Result};
use crate::key::{KeyText, TenantKey};
use crate::request::{self, Expect, Outcome, Patch, StoredFields, Write};
use crate::schema::{DynamodbTable, KeyForm, Path, RecordSchema};
use crate::store::MAX_RECORD_BYTES;
use crate::value::{FieldSink, Fields, Invalid, Row, Value};

/// The conditions of a write on the stored item, but for its key.
pub(super) fn conditions(
    record: &'static RecordSchema,
    write: &Write<'_>,
    aliases: &mut Aliases,
) -> Vec<String> {
    let mut conditions = Vec::with_capacity(4);
    let name = |aliases: &mut Aliases| aliases.name(DynamodbTable::PARTITION);
    match write.expect() {
        Expect::Absent => {
            let absent = format!("attribute_not_exists({})", name(aliases));
            conditions.push(match live_condition(record, aliases, true, write.now) {
                Some(live) => format!("({absent} OR NOT {live})"),
                None => absent,
            });
            return conditions;
        }
        Expect::Present => conditions.push(format!("attribute_exists({})", name(aliases))),
        Expect::Revision(revision) => {
            conditions.push(match revision_condition(record, aliases, revision) {
                Some(condition) => condition,
                // What has no revision has never the one that is expected.
                None => filter::constant(aliases, false),
            });
        }
        Expect::Anything => {}
    }
    if write.expect() != Expect::Anything {
        conditions.extend(live_condition(record, aliases, write.deleted, write.now));
    }
    if let Some(filter) = write.when {
        conditions.push(filter::expression(record, filter, aliases));
    }
    conditions
}

/// What is known of a record from its key and from a patch.
struct Known<'p> {
    record: &'static RecordSchema,
    key: &'p Row,
    patch: &'p Patch,
}

impl Known<'_> {
    /// Whether the field's value is known.
    fn knows(&self, field: usize) -> bool {
        self.in_key(field).is_some() || self.patch.known(field).is_some()
    }

    /// The field's value, where the primary key holds it as it is.
    fn in_key(&self, field: usize) -> Option<Value<'_>> {
        let mut placeholders = self.record.placeholders(Path::Primary).enumerate();
        let (at, placeholder) = placeholders.find(|(_, part)| part.field == field)?;
        let whole = self.record.form(Path::Primary, placeholder) == KeyForm::Field;
        whole.then(|| self.key.get(at))
    }

    /// Whether every field of a path is known.
    fn knows_path(&self, path: Path) -> bool {
        self.record.placeholders(path).all(|placeholder| self.knows(placeholder.field))
    }
}

impl Fields for Known<'_> {
    fn field(&self, at: usize, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        let value = self.in_key(at).or_else(|| self.patch.known(at));
        value.unwrap_or(Value::Null).write(to)
    }
}

/// A patch as the parts of an update expression.
struct Update {
    set: Vec<String>,
    remove: Vec<String>,
    add: Vec<String>,
    delete: Vec<String>,
    conditions: Vec<String>,
    aliases: Aliases,
}

/// The change that a patch is, where the patch alone says what is to be stored; `None` where the stored
/// record does.
pub(super) fn direct(
    record: &'static RecordSchema,
    write: &Write<'_>,
    key: &Row,
    patch: &Patch,
    id: &str,
) -> Result<Option<Change>> {
    let known = Known { record, key, patch };
    let expires = record.roles.expires.filter(|&at| patch.changes(at));
    if patch.moves_guards(record) || expires.is_some_and(|at| patch.known(at).is_none()) {
        return Ok(None);
    }
    let touched = |at: usize| {
        record.indexes[at].slot > 0
            && record.placeholders(Path::Index(at)).any(|part| patch.changes(part.field))
    };
    let touched: Vec<usize> = (0..record.indexes.len()).filter(|at| touched(*at)).collect();
    let paths = touched.iter().map(|&at| Path::Index(at));
    if !touched.is_empty() && !paths.chain([Path::Primary]).all(|path| known.knows_path(path)) {
        return Ok(None);
    }
    let mut aliases = Aliases::of(record);
    let conditions = conditions(record, write, &mut aliases);
    let (set, remove, add, delete) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut update = Update { set, remove, add, delete, conditions, aliases };
    for (field, change, operand) in patch.steps() {
        update.step(record, field, change, &operand);
    }
    for at in touched {
        let key = KeyText::of(record, Path::Index(at), write.tenant, &known)?;
        update.index(record.indexes[at].slot, key.as_ref());
    }
    if let Some(at) = expires {
        let stored = match patch.known(at) {
            Some(Value::Int(micros)) => Some(ttl(micros)),
            _ => None,
        };
        update.assign(DynamodbTable::TTL, stored);
    }
    let own = KeyText::encode(record, Path::Primary, write.tenant, key)
        .map_err(super::put::invalid_key(record))?;
    Ok(Some(update.finish(&own, id)))
}

impl Update {
    fn assign(&mut self, name: &str, value: Option<AttributeValue>) {
        let alias = self.aliases.name(name);
        match value {
            Some(value) => {
                let value = self.aliases.value(name, value);
                self.set.push(format!("{alias} = {value}"));
            }
            None => self.remove.push(alias),
        }
    }

    fn step(
        &mut self,
        record: &'static RecordSchema,
        at: usize,
        change: request::Change,
        operand: &Value<'_>,
    ) {
        use request::Change;
        let field = &record.fields[at];
        let value = value_attribute(field.storage, operand);
        let (stored, name) = (field.stored, self.aliases.name(field.stored));
        match (change, value) {
            (Change::Set, value) => self.assign(stored, value),
            (Change::Remove, _) => self.remove.push(name),
            (Change::Add { min, max }, Some(value)) => {
                self.sum(record, at, (min, max), operand, value);
            }
            (Change::SetIfAbsent, Some(value)) => {
                let value = self.aliases.value(stored, value);
                self.set.push(format!("{name} = if_not_exists({name}, {value})"));
            }
            (Change::Append | Change::Prepend, Some(value)) => {
                let value = self.aliases.value(stored, value);
                let empty = self.aliases.value("empty", AttributeValue::L(Vec::new()));
                let old = format!("if_not_exists({name}, {empty})");
                let (first, second) = match change {
                    Change::Append => (old, value),
                    _ => (value, old),
                };
                self.set.push(format!("{name} = list_append({first}, {second})"));
            }
            (Change::Insert, Some(value)) => {
                let value = self.aliases.value(stored, value);
                self.add.push(format!("{name} {value}"));
            }
            (Change::Take, Some(value)) => {
                let value = self.aliases.value(stored, value);
                self.delete.push(format!("{name} {value}"));
            }
            // Nothing is inserted, or taken out.
            (_, None) => {}
        }
    }

    /// Adds to a number, as long as its type holds the sum.
    fn sum(
        &mut self,
        record: &'static RecordSchema,
        at: usize,
        (min, max): (i64, i64),
        operand: &Value<'_>,
        value: AttributeValue,
    ) {
        let stored = record.fields[at].stored;
        let name = self.aliases.name(stored);
        if record.roles.revision == Some(at) {
            let one = self.aliases.value("one", value);
            self.set.push(format!("{name} = {name} + {one}"));
            return;
        }
        let value = self.aliases.value(stored, value);
        let zero = self.aliases.value("zero", whole(0));
        self.set.push(format!("{name} = if_not_exists({name}, {zero}) + {value}"));
        let Value::Int(amount) = operand else {
            return;
        };
        let bound = |bound: i64| i128::from(bound) - i128::from(*amount);
        let (least, most) = (bound(min), bound(max));
        let limit = |bound: i128| AttributeValue::N(bound.to_string());
        let least_value = self.aliases.value("least", limit(least));
        let most_value = self.aliases.value("most", limit(most));
        let fits = format!("{name} BETWEEN {least_value} AND {most_value}");
        self.conditions.push(if (least..=most).contains(&0) {
            format!("(attribute_not_exists({name}) OR {fits})")
        } else {
            fits
        });
    }

    fn index(&mut self, slot: u8, key: Option<&KeyText>) {
        let [partition, sort] = index_names(slot);
        self.assign(&partition, key.map(|key| text(&key.partition)));
        self.assign(&sort, key.map(|key| text(&key.sort)));
    }

    fn finish(mut self, key: &KeyText, id: &str) -> Change {
        self.set.push(shift_writes(id, &mut self.aliases));
        let version = self.aliases.name(VERSION);
        let one = self.aliases.value("one", whole(1));
        self.add.push(format!("{version} {one}"));
        self.conditions.push(not_written(id, &mut self.aliases));
        let clauses = [
            ("SET", self.set),
            ("REMOVE", self.remove),
            ("ADD", self.add),
            ("DELETE", self.delete),
        ];
        let update: Vec<String> = clauses
            .into_iter()
            .filter(|(_, parts)| !parts.is_empty())
            .map(|(word, parts)| format!("{word} {}", parts.join(", ")))
            .collect();
        let kind =
            Kind::Update { key: key_item(key), update: update.join(" "), answer: Answer::Item };
        Change { kind, condition: Some(self.conditions.join(" AND ")), aliases: self.aliases }
    }
}

/// The record that a patch makes of a stored one, as an item.
pub(super) fn patched(
    record: &'static RecordSchema,
    tenant: &TenantKey,
    patch: &Patch,
    stored: &Row,
) -> Result<(Row, NewItem)> {
    let row = patch.apply(record, tenant, stored, Some(MAX_RECORD_BYTES))?;
    let item = NewItem::new(record, tenant, &StoredFields { record, row: &row })?;
    Ok((row, item))
}

/// Why a patch that meets its conditions was refused all the same: what it would store is not allowed.
pub(super) fn refusal(
    record: &'static RecordSchema,
    write: &Write<'_>,
    patch: &Patch,
    stored: Option<&Row>,
) -> Option<Error> {
    let stored = stored.filter(|_| write.fits(record, stored))?;
    patch.apply(record, write.tenant, stored, Some(MAX_RECORD_BYTES)).err()
}

impl Task<'_> {
    pub(super) async fn patch(
        &self,
        key: &Row,
        patch: &Patch,
        attempts: &mut Attempts<'_>,
    ) -> Result<Outcome> {
        let id = new_id();
        let Some(change) = direct(self.record, self.write, key, patch, &id)? else {
            return self.patch_stored(key, patch, attempts).await;
        };
        let expects = match self.write.expect() {
            Expect::Revision(revision) => Expects::Revision(revision),
            _ => Expects::Anything,
        };
        let attempt = Attempt { patches: true, ..self.attempt(id, expects, change) };
        let ended = attempt.clone().run(attempts, false).await;
        Ok(match attempt.outcome(ended) {
            Outcome::Refused { stored } => {
                match refusal(self.record, self.write, patch, stored.as_ref()) {
                    Some(error) => Outcome::Failed(error),
                    None => Outcome::Refused { stored },
                }
            }
            outcome => outcome,
        })
    }

    /// Reads the record, and writes what the patch makes of it unless others have written meanwhile.
    async fn patch_stored(
        &self,
        key: &Row,
        patch: &Patch,
        attempts: &mut Attempts<'_>,
    ) -> Result<Outcome> {
        let record = self.record;
        let own = KeyText::encode(record, Path::Primary, self.write.tenant, key)
            .map_err(super::put::invalid_key(record))?;
        loop {
            let stored = self.shared.read(attempts, &key_item(&own), false).await?;
            let seen = stored.as_ref().filter(|item| self.sees(item));
            let row = seen.map(|item| row_of(record, item));
            let (Some(item), Some(row)) =
                (seen, row.as_ref().filter(|row| self.write.fits(record, Some(row))))
            else {
                return Ok(Outcome::Refused { stored: row });
            };
            let (new, over) = patched(record, self.write.tenant, patch, row)?;
            let id = new_id();
            let change = over.write_over(&id, item);
            let expects = Expects::Version(number(item, VERSION).unwrap_or_default());
            let mut attempt = Attempt { patches: true, ..self.attempt(id, expects, change) };
            if patch.moves_guards(record) {
                attempt = self.with_guards(attempt, &over, &self.guards_of(item)?);
            }
            let ended = attempt.clone().run(attempts, false).await;
            match ended {
                Ended::Applied { .. } => return Ok(Outcome::Patched(new)),
                Ended::Refused(_) if attempts.pause().await => {}
                Ended::Refused(_) => return Err(contended()),
                Ended::Unknown(error) => {
                    let pending = Arc::new(attempt);
                    return Ok(Outcome::Unknown { error, pending });
                }
                ended => return Ok(attempt.outcome(ended)),
            }
        }
    }
}
