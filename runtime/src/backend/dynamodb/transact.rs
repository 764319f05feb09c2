//! Transactions: the changes of several writes in one request.
//!
//! What a write does may depend on what is stored: which unique values a delete gives free, what a patch
//! makes of a field. Such a record is read first, and its change pinned to what was read. A write that
//! what was read already refuses is sent as a condition that never holds, so that the engine names every
//! write that it refuses at one moment, and the first of them is told.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};

use super::backend::Shared;
use super::call::Attempts;
use super::change::{Change, Kind};
use super::code::Effect;
use super::error::{Failure, Problem, cancelled};
use super::expression::Aliases;
use super::item::{Item, has_write, live, row_of};
use super::patch::{self, conditions, direct, patched};
use super::put::{NewItem, invalid_key, is_as_read, key_item, new_id};
use super::settle::unknown;
use super::unique::{self, Guard};
use super::write::{contended, has_guards, removal};
use crate::Timestamp;
use crate::backend::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeyText;
use crate::request::{Action, Expect, Footprint, Outcome, Pending, Transacted, Write};
use crate::schema::{DynamodbTable, Path, RecordSchema};
use crate::value::{Row, Value};

/// DynamoDB knows the token of a transaction for ten minutes:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>.
const TOKEN_IS_KNOWN: Duration = Duration::from_mins(9);

/// What a part of the request is to the transaction.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    /// The record of the write.
    Main,
    /// It takes the values of this unique index.
    Takes(usize),
    /// It gives values free.
    Frees,
}

/// One item of the request, of the write at a position.
struct Part {
    at: usize,
    role: Role,
    change: Change,
}

/// All items of the request, and what each write is when it is applied.
#[derive(Default)]
struct Plan {
    parts: Vec<Part>,
    outcomes: Vec<Outcome>,
}

/// What became of one request.
enum Sent {
    Committed,
    Refused {
        at: usize,
        outcome: Outcome,
    },
    /// What was read is not what is stored any more.
    Stale,
    Failed(Error),
    Unknown(Error),
}

/// A write with what is known of its record.
struct Member<'a> {
    at: usize,
    record: &'static RecordSchema,
    write: &'a Write<'a>,
    key: Row,
    own: KeyText,
}

impl Shared {
    pub(super) async fn transact(self: &Arc<Self>, writes: &[Write<'_>]) -> Result<Transacted> {
        let members = writes
            .iter()
            .enumerate()
            .map(|(at, write)| self.member(at, write))
            .collect::<Result<Vec<_>>>()?;
        let mut attempts = self.caller.start();
        loop {
            let id = new_id();
            let stored = self.read_stored(&members, &id).await?;
            let mut plan = Plan::default();
            let mut footprint = Footprint::default();
            for member in &members {
                let stored = stored.get(&(member.own.partition.clone(), member.own.sort.clone()));
                member.add_to(&mut plan, &mut footprint, stored, &id)?;
            }
            let request = Request::new(self, &plan, id)?;
            match request.send(&members, &plan, &mut attempts).await {
                Sent::Committed => return Ok(Transacted::Committed(plan.outcomes)),
                Sent::Refused { at, outcome } => return Ok(Transacted::Refused { at, outcome }),
                Sent::Stale if attempts.pause().await => {}
                Sent::Stale => return Err(contended()),
                Sent::Failed(error) => return Err(error),
                Sent::Unknown(error) => {
                    return Ok(Transacted::Unknown { error, pending: Arc::new(request) });
                }
            }
        }
    }

    fn member<'a>(&self, at: usize, write: &'a Write<'a>) -> Result<Member<'a>> {
        let record = self.schema.records[write.record];
        let key = write.key(record)?;
        let own = KeyText::encode(record, Path::Primary, write.tenant, &key)
            .map_err(invalid_key(record))?;
        Ok(Member { at, record, write, key, own })
    }

    /// The items of the records that the writes depend on.
    async fn read_stored(
        &self,
        members: &[Member<'_>],
        id: &str,
    ) -> Result<HashMap<(String, String), Item>> {
        let mut keys = Vec::new();
        for member in members {
            if member.needs_stored(id)? {
                keys.push(key_item(&member.own));
            }
        }
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        self.read_by_key(&keys, false).await
    }
}

/// A change that no item lets pass: it tells what is stored when others are judged.
fn never(key: &KeyText) -> Change {
    let mut aliases = Aliases::default();
    let name = aliases.name(DynamodbTable::PARTITION);
    let condition = Some(format!("attribute_exists({name}) AND attribute_not_exists({name})"));
    Change { kind: Kind::Check { key: key_item(key) }, condition, aliases }
}

fn check(key: &KeyText, conditions: &[String], aliases: Aliases) -> Change {
    let condition = Some(conditions.join(" AND "));
    Change { kind: Kind::Check { key: key_item(key) }, condition, aliases }
}

impl Member<'_> {
    fn sees(&self, item: &Item) -> bool {
        live(self.record, item, self.write.sees_deleted(), self.write.now)
    }

    /// Whether what is stored decides what the write does.
    fn needs_stored(&self, id: &str) -> Result<bool> {
        Ok(match self.write.action {
            Action::Check { .. } | Action::Put { expect: Expect::Absent, .. } => false,
            // An upsert keeps the stamp of the first write, and must not revive what has expired.
            Action::Put { expect: Expect::Anything, .. } => {
                let roles = &self.record.roles;
                has_guards(self.record) || roles.created.is_some() || roles.expires.is_some()
            }
            Action::Put { .. } | Action::Delete { .. } => has_guards(self.record),
            Action::Patch { patch, .. } => {
                direct(self.record, self.write, &self.key, patch, id)?.is_none()
            }
        })
    }

    fn add_to(
        &self,
        plan: &mut Plan,
        footprint: &mut Footprint,
        stored: Option<&Item>,
        id: &str,
    ) -> Result<()> {
        let seen = stored.filter(|item| self.sees(item));
        let row = seen.map(|item| row_of(self.record, item));
        let needs = self.needs_stored(id)?;
        let fits = !needs || self.write.fits(self.record, row.as_ref());
        let parts = plan.parts.len();
        let outcome = if fits {
            self.changes(&mut plan.parts, stored, row.as_ref(), id)?
        } else {
            plan.parts.push(Part { at: self.at, role: Role::Main, change: never(&self.own) });
            applied(row.is_some(), None)
        };
        debug_assert!(plan.parts.len() > parts, "each write has an item");
        plan.outcomes.push(outcome);
        footprint.add(self.record, self.write, &self.key, row.as_ref())
    }

    /// Adds the items that the write changes, and returns its outcome.
    fn changes(
        &self,
        parts: &mut Vec<Part>,
        stored: Option<&Item>,
        row: Option<&Row>,
        id: &str,
    ) -> Result<Outcome> {
        let Self { at, record, write, .. } = *self;
        let main = |change| Part { at, role: Role::Main, change };
        match write.action {
            Action::Check { .. } => {
                let mut aliases = Aliases::default();
                let conditions = conditions(record, write, &mut aliases);
                parts.push(main(check(&self.own, &conditions, aliases)));
            }
            Action::Delete { .. } => self.delete(parts, stored, row)?,
            Action::Put { fields, expect } => {
                let item = NewItem::new(record, write.tenant, fields)?;
                let over = row.zip(stored);
                let change = match (expect, over) {
                    (Expect::Absent, _) => item.insert(id, write.now),
                    (Expect::Revision(revision), _) => item.save(id, write.now, revision),
                    _ if !self.needs_stored(id)? => item.upsert(id, write.now),
                    (_, Some((_, stored))) => item.write_over(id, stored),
                    (_, None) => item.insert(id, write.now),
                };
                parts.push(main(change));
                let before = self.guards(row)?;
                self.move_guards(parts, &item, &before);
                let created = record.roles.created.and_then(|at| match row?.get(at) {
                    Value::Int(micros) => Timestamp::from_micros(micros),
                    _ => None,
                });
                let created = created.filter(|_| expect == Expect::Anything);
                return Ok(applied(row.is_some(), created));
            }
            Action::Patch { patch, .. } => {
                if let Some(change) = direct(record, write, &self.key, patch, id)? {
                    parts.push(main(change));
                    return Ok(applied(true, None));
                }
                let (Some(row), Some(stored)) = (row, stored) else {
                    parts.push(main(never(&self.own)));
                    return Ok(applied(false, None));
                };
                let Ok((_, item)) = patched(record, write.tenant, patch, row) else {
                    // The engine names it with all others that are refused; why is found again then.
                    parts.push(main(never(&self.own)));
                    return Ok(applied(true, None));
                };
                parts.push(main(item.write_over(id, stored)));
                if patch.moves_guards(record) {
                    let before = self.guards(Some(row))?;
                    self.move_guards(parts, &item, &before);
                }
                return Ok(applied(true, None));
            }
        }
        Ok(applied(row.is_some() || !has_guards(record), None))
    }

    fn delete(
        &self,
        parts: &mut Vec<Part>,
        stored: Option<&Item>,
        row: Option<&Row>,
    ) -> Result<()> {
        let Self { at, record, write, .. } = *self;
        let mut aliases = Aliases::default();
        let change = if !has_guards(record) {
            let conditions = conditions(record, write, &mut aliases);
            let condition = (!conditions.is_empty()).then(|| conditions.join(" AND "));
            removal(&self.own, condition, aliases, false)
        } else if let Some(stored) = stored {
            let pin = is_as_read(stored, &mut aliases);
            removal(&self.own, Some(pin), aliases, false)
        } else {
            let absent =
                format!("attribute_not_exists({})", aliases.name(DynamodbTable::PARTITION));
            check(&self.own, &[absent], aliases)
        };
        parts.push(Part { at, role: Role::Main, change });
        for guard in self.guards(row)? {
            parts.push(Part { at, role: Role::Frees, change: guard.free(&self.own) });
        }
        Ok(())
    }

    fn guards(&self, row: Option<&Row>) -> Result<Vec<Guard>> {
        match row {
            Some(row) if has_guards(self.record) => {
                unique::guards(self.record, self.write.tenant, row)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn move_guards(&self, parts: &mut Vec<Part>, item: &NewItem, before: &[Guard]) {
        let at = self.at;
        parts.extend(item.guards.iter().map(|guard| Part {
            at,
            role: Role::Takes(guard.index),
            change: guard.take(&self.own, item.expires, self.write.now),
        }));
        let freed = before.iter().filter(|guard| !item.guards.contains(guard));
        parts.extend(freed.map(|guard| Part {
            at,
            role: Role::Frees,
            change: guard.free(&self.own),
        }));
    }

    /// Why the write was refused; `None` where what is stored now would let it pass.
    fn refusal(&self, stored: Option<&Item>) -> Option<Outcome> {
        let row = stored.filter(|item| self.sees(item)).map(|item| row_of(self.record, item));
        if !self.write.fits(self.record, row.as_ref()) {
            return Some(Outcome::Refused { stored: row });
        }
        let Action::Patch { patch, .. } = self.write.action else {
            return None;
        };
        patch::refusal(self.record, self.write, patch, row.as_ref()).map(Outcome::Failed)
    }
}

fn applied(existed: bool, created: Option<Timestamp>) -> Outcome {
    Outcome::Applied { existed, created }
}

/// A request that is ready to be sent, once or again.
struct Request {
    shared: Arc<Shared>,
    items: Vec<TransactWriteItem>,
    /// Its token, which is the id of its writes too.
    token: String,
    /// An item that shows the id when it was applied.
    shows: Option<Item>,
    made: Instant,
}

impl Request {
    fn new(shared: &Arc<Shared>, plan: &Plan, token: String) -> Result<Self> {
        let items = plan
            .parts
            .iter()
            .map(|part| part.change.in_transaction(&shared.name))
            .collect::<Result<_>>()?;
        let written = |part: &&Part| {
            part.role == Role::Main
                && matches!(part.change.kind, Kind::Put(_) | Kind::Update { .. })
        };
        let shows = plan.parts.iter().find(written).map(|part| part.change.key().clone());
        Ok(Self { shared: Arc::clone(shared), items, token, shows, made: Instant::now() })
    }

    /// Sends once; `Ok` says that it was applied, now or before.
    async fn send_once(&self, attempts: &mut Attempts<'_>) -> Result<(), Failure> {
        let transaction = attempts
            .client()
            .transact_write_items()
            .set_transact_items(Some(self.items.clone()))
            .client_request_token(&self.token)
            .send();
        attempts.send(transaction).await.map(|_| ())
    }

    async fn send(&self, members: &[Member<'_>], plan: &Plan, attempts: &mut Attempts<'_>) -> Sent {
        let mut ambiguous = false;
        loop {
            let problem = match self.send_once(attempts).await {
                Ok(()) => return Sent::Committed,
                Err(Failure::Cancelled(reasons)) => match self.judge(members, plan, reasons) {
                    Ok(sent) => return sent,
                    Err(problem) => problem,
                },
                Err(Failure::Condition(_)) => return Sent::Stale,
                Err(Failure::Other(problem)) => problem,
            };
            ambiguous |= problem.effect == Effect::Unknown;
            if !problem.retry || !attempts.pause().await {
                return if ambiguous {
                    Sent::Unknown(unknown(Some(problem.error)))
                } else {
                    Sent::Failed(problem.error)
                };
            }
        }
    }

    /// What the reasons of a cancelled transaction say.
    fn judge(
        &self,
        members: &[Member<'_>],
        plan: &Plan,
        reasons: Vec<CancellationReason>,
    ) -> Result<Sent, Problem> {
        let passing = reasons.iter().filter_map(cancelled).find(|problem| problem.retry);
        if let Some(problem) = passing {
            return Err(problem);
        }
        let mut stale = false;
        for (part, reason) in plan.parts.iter().zip(reasons) {
            if let Some(problem) = cancelled(&reason) {
                return Err(problem);
            }
            if reason.code() != Some("ConditionalCheckFailed") {
                continue;
            }
            if reason.item.as_ref().is_some_and(|item| has_write(item, &self.token)) {
                // An earlier attempt was applied, and DynamoDB has forgotten its token.
                return Ok(Sent::Committed);
            }
            let refused = match part.role {
                Role::Main => {
                    members.get(part.at).and_then(|member| member.refusal(reason.item.as_ref()))
                }
                Role::Takes(index) => Some(Outcome::NotUnique { index }),
                Role::Frees => None,
            };
            match refused {
                // Parts stand in the order of their writes. What is stale before may be refused too.
                Some(outcome) if !stale => return Ok(Sent::Refused { at: part.at, outcome }),
                Some(_) => {}
                None => stale = true,
            }
        }
        Ok(Sent::Stale)
    }
}

impl Pending for Request {
    fn reconcile(&self) -> BoxFuture<'_, Result<Outcome>> {
        Box::pin(async move {
            let mut attempts = self.shared.caller.start();
            loop {
                if self.made.elapsed() > TOKEN_IS_KNOWN {
                    return Ok(self.look(&mut attempts).await);
                }
                let problem = match self.send_once(&mut attempts).await {
                    Ok(()) => return Ok(applied(true, None)),
                    Err(Failure::Other(problem)) => problem,
                    Err(Failure::Condition(_)) => return Ok(Outcome::Failed(contended())),
                    Err(Failure::Cancelled(reasons)) => {
                        match reasons.iter().filter_map(cancelled).find(|problem| problem.retry) {
                            Some(problem) => problem,
                            None => return Ok(Outcome::Failed(not_committed())),
                        }
                    }
                };
                if !problem.retry || !attempts.pause().await {
                    return Ok(self.still_unknown(Some(problem.error)));
                }
            }
        })
    }
}

#[cold]
fn not_committed() -> Error {
    let message = "the transaction was not committed: one of its conditions does not hold";
    Error::new(ErrorKind::ConditionFailed, message)
}

impl Request {
    /// Looks whether an item shows that the transaction was applied.
    async fn look(&self, attempts: &mut Attempts<'_>) -> Outcome {
        let Some(key) = &self.shows else {
            return self.still_unknown(None);
        };
        match self.shared.read(attempts, key, false).await {
            Ok(Some(item)) if has_write(&item, &self.token) => applied(true, None),
            Ok(_) => self.still_unknown(None),
            Err(error) => self.still_unknown(Some(error)),
        }
    }

    fn still_unknown(&self, source: Option<Error>) -> Outcome {
        let pending = Self {
            shared: Arc::clone(&self.shared),
            items: self.items.clone(),
            token: self.token.clone(),
            shows: self.shows.clone(),
            made: self.made,
        };
        Outcome::Unknown { error: unknown(source), pending: Arc::new(pending) }
    }
}
