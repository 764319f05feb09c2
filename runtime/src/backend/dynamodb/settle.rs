//! [`Attempt`]: one write, repeated until it is known what became of it, or until the deadline.
//!
//! Every repetition sends the same change with the same id. A condition that fails shows the stored
//! item, and that item shows the ids of its last four writes: an attempt whose answer was lost is found
//! there, and is never mistaken for somebody else's.

use std::sync::Arc;

use aws_sdk_dynamodb::types::CancellationReason;

use super::backend::Shared;
use super::call::Attempts;
use super::change::{Answer, Change, Kind};
use super::code::Effect;
use super::error::{Failure, Problem, cancelled};
use super::item::{Item, VERSION, has_write, is_latest, live, number, revision, row_of};
use super::put::new_id;
use crate::Timestamp;
use crate::backend::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::request::{Outcome, Pending};
use crate::schema::RecordSchema;

/// After so many later writes at most, an item still shows the id of a write.
const SHOWN: u64 = 3;

/// What the main change of a write expects to be stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Expects {
    /// No live item.
    Absent,
    /// A live item of this revision, which the change writes.
    Revision(u64),
    /// A live item of this revision, which the change removes.
    ToRemove(u64),
    /// An item of this version.
    Version(u64),
    /// Nothing, or that the change repeats harmlessly.
    Anything,
}

/// What a change beside the main one does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Beside {
    /// It takes the values of this unique index.
    Takes(usize),
    /// It gives values free; where somebody else holds them already, nothing is to be done.
    Frees,
}

/// A write that is ready to be sent, once or again.
#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) shared: Arc<Shared>,
    pub(super) record: &'static RecordSchema,
    pub(super) now: Timestamp,
    /// The id of the write, by which the item shows it.
    pub(super) id: String,
    /// The token of its transaction, by which DynamoDB knows a repetition.
    pub(super) token: String,
    pub(super) expects: Expects,
    /// Whether a softly deleted item counts as stored.
    pub(super) deleted: bool,
    /// Whether the caller wants the record as it is then.
    pub(super) patches: bool,
    /// Whether it is known that it was applied, and only what it made is not.
    pub(super) applied: bool,
    pub(super) main: Change,
    /// The changes that are applied with the main one or not at all.
    pub(super) beside: Vec<(Beside, Change)>,
}

/// What became of a write.
pub(super) enum Ended {
    /// It was applied.
    Applied {
        /// What it answered, or the item that shows it.
        answer: Option<Item>,
        /// Whether an earlier attempt may have been the one that was applied.
        repeated: bool,
    },
    /// It was not applied, because of the stored item.
    Refused(Option<Item>),
    /// It was not applied, because another record holds the values of this unique index.
    NotUnique(usize),
    /// It was not applied.
    Failed(Error),
    /// Nobody knows yet.
    Unknown(Error),
}

#[cold]
pub(super) fn unknown(source: Option<Error>) -> Error {
    let error = Error::new(
        ErrorKind::UnknownOutcome,
        "the answer of DynamoDB was lost, and what is stored does not tell whether the write was applied",
    );
    match source {
        Some(source) => error.with_source(source),
        None => error,
    }
}

impl Attempt {
    /// Whether a stored item without our id says that a lost attempt was not applied.
    fn tells(&self, stored: Option<&Item>) -> bool {
        match (self.expects, stored) {
            // A record that stands there now may have come after ours was stored and deleted; not so in
            // a transaction, which DynamoDB would have known by its token.
            (Expects::Absent, Some(item)) => {
                !self.beside.is_empty()
                    && number(item, VERSION).is_some_and(|version| version <= SHOWN)
            }
            (Expects::Revision(expected), Some(item)) => revision(self.record, item)
                .and_then(|actual| actual.checked_sub(expected))
                .is_some_and(|later| later <= SHOWN),
            (Expects::ToRemove(expected), Some(item)) => {
                revision(self.record, item).is_some_and(|actual| actual >= expected)
            }
            (Expects::Version(expected), Some(item)) => number(item, VERSION)
                .and_then(|actual| actual.checked_sub(expected))
                .is_some_and(|later| later <= SHOWN),
            _ => false,
        }
    }

    /// The write's end, where the main condition did not hold.
    fn refused(&self, stored: Option<Item>, ambiguous: bool) -> Ended {
        match stored {
            Some(item) if has_write(&item, &self.id) => {
                Ended::Applied { answer: Some(item), repeated: true }
            }
            stored if !ambiguous || self.tells(stored.as_ref()) => Ended::Refused(stored),
            _ => Ended::Unknown(unknown(None)),
        }
    }

    /// Whether the change may be sent again when it may have been applied.
    ///
    /// An upsert may not: if it was applied and then written over often enough, its condition holds
    /// again, and it would undo the later writes. Nor may an insert: if it was applied and the record
    /// then deleted, it would bring the record back. A transaction DynamoDB knows by its token.
    fn is_repeatable(&self) -> bool {
        match self.expects {
            Expects::Anything => !matches!(self.main.kind, Kind::Update { .. }),
            Expects::Absent => !self.beside.is_empty(),
            _ => true,
        }
    }

    /// Looks what the stored item tells of the write.
    async fn look(&self, attempts: &mut Attempts<'_>) -> Ended {
        match self.shared.read(attempts, self.main.key(), false).await {
            Ok(stored) => self.refused(stored, true),
            Err(error) => Ended::Unknown(unknown(Some(error))),
        }
    }

    /// Sends the write until its end is known; `ambiguous` says that it may have been applied already.
    pub(super) async fn run(mut self, attempts: &mut Attempts<'_>, mut ambiguous: bool) -> Ended {
        loop {
            if ambiguous && !self.is_repeatable() {
                return self.look(attempts).await;
            }
            let problem = match self.send(attempts).await {
                Ok(answer) => return Ended::Applied { answer, repeated: ambiguous },
                Err(Failure::Condition(stored)) => return self.refused(stored, ambiguous),
                Err(Failure::Cancelled(reasons)) => match self.cancelled(reasons, ambiguous) {
                    Ok(Some(ended)) => return ended,
                    Ok(None) => continue,
                    Err(problem) => problem,
                },
                Err(Failure::Other(problem)) => problem,
            };
            ambiguous |= problem.effect == Effect::Unknown;
            if !problem.retry || !attempts.pause().await {
                return if ambiguous {
                    Ended::Unknown(unknown(Some(problem.error)))
                } else {
                    Ended::Failed(problem.error)
                };
            }
        }
    }

    async fn send(&self, attempts: &mut Attempts<'_>) -> Result<Option<Item>, Failure> {
        let table = &self.shared.name;
        if self.beside.is_empty() {
            return self.main.send(attempts, table).await;
        }
        let changes =
            std::iter::once(&self.main).chain(self.beside.iter().map(|(_, change)| change));
        let parts = changes.map(|change| change.in_transaction(table)).collect::<Result<Vec<_>>>();
        let parts = parts.map_err(|error| {
            Failure::Other(Problem { error, effect: Effect::NotApplied, retry: false })
        })?;
        let transaction = attempts
            .client()
            .transact_write_items()
            .set_transact_items(Some(parts))
            .client_request_token(&self.token)
            .send();
        attempts.send(transaction).await.map(|_| None)
    }

    /// What the reasons of a cancelled transaction say: an end, to go on without waiting, or a problem.
    fn cancelled(
        &mut self,
        reasons: Vec<CancellationReason>,
        ambiguous: bool,
    ) -> Result<Option<Ended>, Problem> {
        // Where a reason passes, the others may be another one next time.
        let passing = reasons.iter().filter_map(cancelled).find(|problem| problem.retry);
        if let Some(problem) = passing {
            return Err(problem);
        }
        let mut taken_over = None;
        for (at, reason) in reasons.into_iter().enumerate() {
            if let Some(problem) = cancelled(&reason) {
                return Err(problem);
            }
            if reason.code() != Some("ConditionalCheckFailed") {
                continue;
            }
            match at.checked_sub(1).map(|at| (at, self.beside.get(at))) {
                None => return Ok(Some(self.refused(reason.item, ambiguous))),
                Some((_, Some((Beside::Takes(index), _)))) => {
                    return Ok(Some(Ended::NotUnique(*index)));
                }
                Some((at, Some((Beside::Frees, _)))) => taken_over = Some(at),
                Some((_, None)) => {}
            }
        }
        let Some(at) = taken_over else {
            // It was cancelled, and no reason is given.
            let error = Failure::Cancelled(Vec::new()).into_error();
            return Err(Problem { error, effect: Effect::NotApplied, retry: true });
        };
        // Another transaction than the one before, so it has another token.
        self.beside.remove(at);
        self.token = new_id();
        Ok(None)
    }

    /// The end as an outcome.
    pub(super) fn outcome(&self, ended: Ended) -> Outcome {
        match ended {
            Ended::Applied { answer: Some(item), .. } if self.answers_with_item() => {
                if is_latest(&item, &self.id) {
                    return Outcome::Patched(row_of(self.record, &item));
                }
                // It was applied, and what others have written since hides what it made.
                let pending = Arc::new(Self { applied: true, ..self.clone() });
                Outcome::Unknown { error: unknown(None), pending }
            }
            Ended::Applied { .. } => Outcome::Applied { existed: true, created: None },
            Ended::Refused(stored) => {
                let stored = stored.filter(|item| live(self.record, item, self.deleted, self.now));
                Outcome::Refused { stored: stored.map(|item| row_of(self.record, &item)) }
            }
            Ended::NotUnique(index) => Outcome::NotUnique { index },
            Ended::Failed(error) => Outcome::Failed(error),
            Ended::Unknown(error) => Outcome::Unknown { error, pending: Arc::new(self.clone()) },
        }
    }
}

impl Pending for Attempt {
    fn reconcile(&self) -> BoxFuture<'_, Result<Outcome>> {
        Box::pin(async move {
            let mut attempts = self.shared.caller.start();
            if self.applied {
                return Ok(self.stored_now(&mut attempts).await);
            }
            let ended = self.clone().run(&mut attempts, true).await;
            // Of a delete, gone counts as deleted.
            let gone = matches!(self.main.kind, Kind::Delete { .. });
            Ok(match ended {
                Ended::Unknown(_) if gone && self.is_gone(&mut attempts).await => {
                    Outcome::Applied { existed: true, created: None }
                }
                Ended::Applied { answer: Some(item), .. } if self.patches => {
                    Outcome::Patched(row_of(self.record, &item))
                }
                Ended::Applied { .. } if self.patches => self.stored_now(&mut attempts).await,
                ended => self.outcome(ended),
            })
        })
    }
}

impl Attempt {
    /// The outcome of a patch that was applied: the record as it is by now.
    async fn stored_now(&self, attempts: &mut Attempts<'_>) -> Outcome {
        let source = match self.shared.read(attempts, self.main.key(), false).await {
            Ok(Some(item)) => return Outcome::Patched(row_of(self.record, &item)),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        let pending = Arc::new(Self { applied: true, ..self.clone() });
        Outcome::Unknown { error: unknown(source), pending }
    }

    fn answers_with_item(&self) -> bool {
        matches!(self.main.kind, Kind::Update { answer: Answer::Item, .. })
    }

    async fn is_gone(&self, attempts: &mut Attempts<'_>) -> bool {
        let Kind::Delete { key, .. } = &self.main.kind else {
            return false;
        };
        matches!(self.shared.read(attempts, key, false).await, Ok(None))
    }
}
