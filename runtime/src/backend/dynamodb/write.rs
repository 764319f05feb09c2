//! Writes: each neutral write as the changes that DynamoDB applies, and what their ends mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use futures_util::{StreamExt as _, stream};

use super::backend::Shared;
use super::call::Attempts;
use super::change::{Change, Kind};
use super::code::Effect;
use super::error::{Failure, deadline_passed};
use super::expression::Aliases;
use super::item::{Item, VERSION, key_of, live, number, revision, row_of};
use super::patch;
use super::put::{NewItem, invalid_key, is_as_read, key_item, new_id};
use super::settle::{Attempt, Beside, Ended, Expects, unknown};
use super::unique::{self, Guard};
use crate::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeyText;
use crate::request::{Action, Expect, Outcome, Write};
use crate::schema::{Path, RecordSchema};
use crate::value::Fields;

/// How many deletes a `BatchWriteItem` takes.
const BATCH: usize = 25;

/// Whether the engine must keep guards for the record.
pub(super) fn has_guards(record: &RecordSchema) -> bool {
    record.indexes.iter().any(|index| index.unique)
}

impl Shared {
    /// Applies writes, each for itself, so many at a time.
    pub(super) async fn write_all(self: &Arc<Self>, writes: &[Write<'_>]) -> Vec<Outcome> {
        let operation = self.caller.start();
        if let [write] = writes {
            return vec![self.write_one(write, operation).await];
        }
        let plain = |write: &Write<'_>| {
            matches!(write.action, Action::Delete { expect: Expect::Anything, .. })
                && write.when.is_none()
                && !has_guards(self.schema.records[write.record])
        };
        let (deletes, others): (Vec<usize>, Vec<usize>) =
            (0..writes.len()).partition(|&at| plain(&writes[at]));
        let mut outcomes: Vec<Option<Outcome>> = Vec::new();
        outcomes.resize_with(writes.len(), || None);
        // The futures are made before the streams, which could not name their lifetimes.
        let singles: Vec<_> = others
            .into_iter()
            .map(|at| {
                let attempts = operation.sibling();
                Box::pin(async move {
                    if attempts.is_late() {
                        return (at, None);
                    }
                    (at, Some(self.write_one(&writes[at], attempts).await))
                })
            })
            .collect();
        let mut singles = stream::iter(singles).buffer_unordered(self.concurrency);
        while let Some((at, outcome)) = singles.next().await {
            outcomes[at] = outcome;
        }
        let batches: Vec<_> = deletes
            .chunks(BATCH)
            .map(|batch| {
                let attempts = operation.sibling();
                Box::pin(async move {
                    if attempts.is_late() {
                        return (batch, Vec::new());
                    }
                    (batch, self.delete_batch(writes, batch, attempts).await)
                })
            })
            .collect();
        let mut batches = stream::iter(batches).buffer_unordered(self.concurrency);
        while let Some((batch, ended)) = batches.next().await {
            for (at, outcome) in batch.iter().zip(ended) {
                outcomes[*at] = Some(outcome);
            }
        }
        // What there was no time to send failed for the reason for which the others took so long.
        let hindrance = outcomes.iter().flatten().find_map(|outcome| match outcome {
            Outcome::Failed(error) if error.is_retryable() => Some(error.repeated()),
            _ => None,
        });
        let hindrance = hindrance.unwrap_or_else(|| deadline_passed().error);
        let unsent = || Outcome::Failed(hindrance.repeated());
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(unsent)).collect()
    }

    async fn write_one(self: &Arc<Self>, write: &Write<'_>, mut attempts: Attempts<'_>) -> Outcome {
        let record = self.schema.records[write.record];
        let task = Task { shared: self, record, write, now: write.now };
        let done = match write.action {
            Action::Put { fields, expect } => task.put(fields, expect, &mut attempts).await,
            Action::Delete { key, expect } => {
                match KeyText::encode(record, Path::Primary, write.tenant, key) {
                    Ok(key) => task.delete(&key, expect, &mut attempts).await,
                    Err(invalid) => Err(invalid_key(record)(invalid)),
                }
            }
            Action::Patch { key, patch, .. } => task.patch(key, patch, &mut attempts).await,
            Action::Check { .. } => {
                let message = "a condition is checked in a transaction only";
                Err(Error::new(ErrorKind::Unsupported, message).with_record(record.name))
            }
        };
        done.unwrap_or_else(Outcome::Failed)
    }

    /// Removes items without a condition, all in one request as long as DynamoDB takes them.
    async fn delete_batch(
        self: &Arc<Self>,
        writes: &[Write<'_>],
        batch: &[usize],
        mut attempts: Attempts<'_>,
    ) -> Vec<Outcome> {
        let mut waiting = BTreeMap::new();
        let mut outcomes: Vec<Option<Outcome>> = Vec::new();
        outcomes.resize_with(batch.len(), || None);
        for (place, &at) in batch.iter().enumerate() {
            let write = &writes[at];
            let record = self.schema.records[write.record];
            let Action::Delete { key, .. } = write.action else {
                continue;
            };
            match KeyText::encode(record, Path::Primary, write.tenant, key) {
                Ok(key) => {
                    waiting.insert((key.partition, key.sort), place);
                }
                Err(invalid) => {
                    outcomes[place] = Some(Outcome::Failed(invalid_key(record)(invalid)));
                }
            }
        }
        // Whether an attempt that held all that is still waiting may have been applied.
        let mut ambiguous = false;
        let failure = loop {
            if waiting.is_empty() {
                break None;
            }
            match self.send_deletes(&mut attempts, &mut waiting, &mut outcomes).await {
                Ok(()) if waiting.is_empty() => break None,
                Ok(()) => {
                    if !attempts.pause_for_rest().await {
                        break Some(Error::new(
                            ErrorKind::Throttled,
                            "DynamoDB left the delete unprocessed until the deadline",
                        ));
                    }
                }
                Err(Failure::Other(problem)) => {
                    ambiguous |= problem.effect == Effect::Unknown;
                    if !problem.retry || !attempts.pause().await {
                        break Some(problem.error);
                    }
                }
                // A request without conditions never fails so.
                Err(failure) => break Some(failure.into_error()),
            }
        };
        for ((partition, sort), place) in waiting {
            let failure = failure.as_ref().map(Error::repeated);
            outcomes[place] = Some(if ambiguous {
                let write = &writes[batch[place]];
                let record = self.schema.records[write.record];
                let task = Task { shared: self, record, write, now: write.now };
                let key = KeyText { partition, sort };
                let delete = removal(&key, None, Aliases::default(), false);
                let pending = Arc::new(task.attempt(new_id(), Expects::Anything, delete));
                Outcome::Unknown { error: unknown(failure), pending }
            } else {
                Outcome::Failed(failure.unwrap_or_else(|| unknown(None)))
            });
        }
        let unanswered = || Outcome::Failed(unknown(None));
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(unanswered)).collect()
    }

    async fn send_deletes(
        &self,
        attempts: &mut Attempts<'_>,
        waiting: &mut BTreeMap<(String, String), usize>,
        outcomes: &mut [Option<Outcome>],
    ) -> Result<(), Failure> {
        let requests = waiting
            .keys()
            .map(|(partition, sort)| {
                let key = KeyText { partition: partition.clone(), sort: sort.clone() };
                let delete = DeleteRequest::builder().set_key(Some(key_item(&key))).build();
                WriteRequest::builder().set_delete_request(delete.ok()).build()
            })
            .collect();
        let request =
            attempts.client().batch_write_item().request_items(&self.name, requests).send();
        let output = attempts.send(request).await?;
        let unprocessed: Vec<(String, String)> = output
            .unprocessed_items
            .unwrap_or_default()
            .remove(&self.name)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|request| key_of(&request.delete_request?.key))
            .collect();
        waiting.retain(|key, place| {
            let left = unprocessed.contains(key);
            if !left {
                outcomes[*place] = Some(Outcome::Applied { existed: true, created: None });
            }
            left
        });
        Ok(())
    }
}

/// One write on its way.
pub(super) struct Task<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) record: &'static RecordSchema,
    pub(super) write: &'a Write<'a>,
    pub(super) now: Timestamp,
}

impl Task<'_> {
    /// Whether a stored item counts as stored for the write.
    pub(super) fn sees(&self, item: &Item) -> bool {
        live(self.record, item, self.write.sees_deleted(), self.now)
    }

    pub(super) fn attempt(&self, id: String, expects: Expects, main: Change) -> Attempt {
        Attempt {
            shared: Arc::clone(self.shared),
            record: self.record,
            now: self.now,
            token: id.clone(),
            id,
            expects,
            deleted: self.write.sees_deleted(),
            patches: false,
            applied: false,
            main,
            beside: Vec::new(),
        }
    }

    /// Moves the guards of a record: those of `before` that it does not keep are freed.
    pub(super) fn with_guards(
        &self,
        mut attempt: Attempt,
        item: &NewItem,
        before: &[Guard],
    ) -> Attempt {
        let takes = item.guards.iter().map(|guard| {
            (Beside::Takes(guard.index), guard.take(&item.key, item.expires, self.now))
        });
        let frees = before
            .iter()
            .filter(|guard| !item.guards.contains(guard))
            .map(|guard| (Beside::Frees, guard.free(&item.key)));
        attempt.beside = takes.chain(frees).collect();
        attempt
    }

    pub(super) fn guards_of(&self, item: &Item) -> Result<Vec<Guard>> {
        unique::guards(self.record, self.write.tenant, &row_of(self.record, item))
    }

    async fn put(
        &self,
        fields: &dyn Fields,
        expect: Expect,
        attempts: &mut Attempts<'_>,
    ) -> Result<Outcome> {
        let item = NewItem::new(self.record, self.write.tenant, fields)?;
        match expect {
            Expect::Absent => {
                let id = new_id();
                let insert = item.insert(&id, self.now);
                let attempt = self.attempt(id, Expects::Absent, insert);
                let attempt = self.with_guards(attempt, &item, &[]);
                let ended = attempt.clone().run(attempts, false).await;
                Ok(attempt.outcome(ended))
            }
            Expect::Revision(revision) => self.save(&item, revision, attempts).await,
            Expect::Anything | Expect::Present if has_guards(self.record) => {
                self.upsert_with_guards(&item, attempts).await
            }
            Expect::Anything | Expect::Present => self.upsert(&item, attempts).await,
        }
    }

    /// Compares and sets: one update, and only where unique values move a transaction.
    async fn save(
        &self,
        item: &NewItem,
        expected: u64,
        attempts: &mut Attempts<'_>,
    ) -> Result<Outcome> {
        let id = new_id();
        let mut save = item.save(&id, self.now, expected);
        if has_guards(self.record) {
            save = item.with_unmoved_guards(save);
        }
        let attempt = self.attempt(id, Expects::Revision(expected), save);
        let ended = attempt.clone().run(attempts, false).await;
        let before = match &ended {
            Ended::Refused(Some(stored))
                if has_guards(self.record)
                    && self.sees(stored)
                    && revision(self.record, stored) == Some(expected) =>
            {
                self.guards_of(stored)?
            }
            _ => return Ok(attempt.outcome(ended)),
        };
        let id = new_id();
        let save = item.save(&id, self.now, expected);
        let attempt = self.attempt(id, Expects::Revision(expected), save);
        let attempt = self.with_guards(attempt, item, &before);
        let ended = attempt.clone().run(attempts, false).await;
        Ok(attempt.outcome(ended))
    }

    async fn upsert(&self, item: &NewItem, attempts: &mut Attempts<'_>) -> Result<Outcome> {
        loop {
            let id = new_id();
            let upsert = item.upsert(&id, self.now);
            let attempt = self.attempt(id, Expects::Anything, upsert);
            let ended = attempt.clone().run(attempts, false).await;
            match ended {
                Ended::Applied { answer, .. } => return Ok(self.upserted(answer.as_ref())),
                Ended::Refused(_) => {}
                ended => return Ok(attempt.outcome(ended)),
            }
            // The stored item has expired: nothing of it is to stay.
            let id = new_id();
            let Some(replace) = item.replace_expired(&id, self.now) else {
                return Ok(attempt.outcome(Ended::Unknown(unknown(None))));
            };
            // Only over an expired item, so that it never undoes what others have written since.
            let attempt = self.attempt(id, Expects::Anything, replace);
            let ended = attempt.clone().run(attempts, false).await;
            match ended {
                // Somebody else has replaced or removed it meanwhile.
                Ended::Refused(_) if attempts.pause().await => {}
                Ended::Refused(_) => return Err(contended()),
                ended => return Ok(attempt.outcome(ended)),
            }
        }
    }

    /// What an upsert answers: the stamp of the first write, where it was kept.
    fn upserted(&self, answer: Option<&Item>) -> Outcome {
        let created = self.record.roles.created.map(|at| self.record.fields[at].stored);
        let created = created
            .and_then(|stored| answer?.get(stored)?.as_n().ok()?.parse().ok())
            .and_then(Timestamp::from_micros);
        Outcome::Applied { existed: true, created }
    }

    /// An upsert that moves guards must know the stored values, so it reads first and then writes what
    /// it has read.
    async fn upsert_with_guards(
        &self,
        item: &NewItem,
        attempts: &mut Attempts<'_>,
    ) -> Result<Outcome> {
        loop {
            let stored = self.shared.read(attempts, &key_item(&item.key), false).await?;
            let stored = stored.filter(|stored| self.sees(stored));
            let id = new_id();
            let (attempt, before) = match &stored {
                None => {
                    let insert = item.insert(&id, self.now);
                    (self.attempt(id, Expects::Absent, insert), Vec::new())
                }
                Some(stored) => {
                    let over = item.write_over(&id, stored);
                    let version = number(stored, VERSION).unwrap_or_default();
                    let attempt = self.attempt(id, Expects::Version(version), over);
                    (attempt, self.guards_of(stored)?)
                }
            };
            let attempt = self.with_guards(attempt, item, &before);
            let ended = attempt.clone().run(attempts, false).await;
            match ended {
                Ended::Applied { .. } => return Ok(self.upserted(stored.as_ref())),
                Ended::Refused(_) if attempts.pause().await => {}
                Ended::Refused(_) => return Err(contended()),
                ended => return Ok(attempt.outcome(ended)),
            }
        }
    }

    async fn delete(
        &self,
        key: &KeyText,
        expect: Expect,
        attempts: &mut Attempts<'_>,
    ) -> Result<Outcome> {
        if has_guards(self.record) {
            return self.delete_with_guards(key, expect, attempts).await;
        }
        let mut aliases = Aliases::default();
        let conditions = patch::conditions(self.record, self.write, &mut aliases);
        let Expect::Revision(expected) = expect else {
            let condition = (!conditions.is_empty()).then(|| conditions.join(" AND "));
            let delete = removal(key, condition, aliases, true);
            let attempt = self.attempt(new_id(), Expects::Anything, delete);
            let ended = attempt.clone().run(attempts, false).await;
            return Ok(match ended {
                Ended::Applied { answer, repeated } => {
                    // What a lost attempt removed, its repetition does not find.
                    let existed = answer.map_or(repeated, |old| self.sees(&old));
                    Outcome::Applied { existed, created: None }
                }
                ended => attempt.outcome(ended),
            });
        };
        let delete = removal(key, Some(conditions.join(" AND ")), aliases, false);
        let attempt = self.attempt(new_id(), Expects::ToRemove(expected), delete);
        let ended = attempt.clone().run(attempts, false).await;
        Ok(attempt.outcome(ended))
    }

    /// A delete that frees guards must know the stored values, so it reads first and then removes what
    /// it has read.
    async fn delete_with_guards(
        &self,
        key: &KeyText,
        expect: Expect,
        attempts: &mut Attempts<'_>,
    ) -> Result<Outcome> {
        loop {
            let stored = self.shared.read(attempts, &key_item(key), false).await?;
            let seen = stored.as_ref().filter(|item| self.sees(item));
            let existed = seen.is_some();
            let row = seen.map(|item| row_of(self.record, item));
            if !self.write.fits(self.record, row.as_ref()) {
                return Ok(Outcome::Refused { stored: row });
            }
            let Some(stored) = stored else {
                return Ok(Outcome::Applied { existed: false, created: None });
            };
            let expects = match expect {
                Expect::Revision(expected) => Expects::ToRemove(expected),
                _ => Expects::Version(number(&stored, VERSION).unwrap_or_default()),
            };
            let mut aliases = Aliases::default();
            let condition = is_as_read(&stored, &mut aliases);
            let delete = removal(key, Some(condition), aliases, false);
            let mut attempt = self.attempt(new_id(), expects, delete);
            attempt.beside = self
                .guards_of(&stored)?
                .iter()
                .map(|guard| (Beside::Frees, guard.free(key)))
                .collect();
            let ended = attempt.clone().run(attempts, false).await;
            match ended {
                Ended::Applied { .. } => return Ok(Outcome::Applied { existed, created: None }),
                Ended::Refused(_) if attempts.pause().await => {}
                Ended::Refused(_) => return Err(contended()),
                ended => return Ok(attempt.outcome(ended)),
            }
        }
    }
}

pub(super) fn removal(
    key: &KeyText,
    condition: Option<String>,
    aliases: Aliases,
    answer: bool,
) -> Change {
    Change { kind: Kind::Delete { key: key_item(key), answer }, condition, aliases }
}

pub(super) fn contended() -> Error {
    Error::new(ErrorKind::Contended, "others wrote the record until the deadline")
}
