//! Appends that wait for one stream: whoever is first appends for all.
//!
//! The transaction of a group runs in one future, which whichever of the waiting appends is polled
//! drives on; so it goes on when the one that began it is dropped.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::head::{Advance, contended};
use crate::backend::BoxFuture;
use crate::error::{Error, Result};
use crate::key::TenantKey;
use crate::request::{Action, Expect, MAX_TRANSACTION_BYTES, Outcome, Transacted, Write};
use crate::schema::RecordSchema;
use crate::store::Core;
use crate::store::reconcile::{Unsettled, again};
use crate::store::system::{SystemKey, read};
use crate::store::write::unanswered;
use crate::value::{FieldSink, Fields, Invalid, Row, Scalar as _};

/// How many events are appended together: as many as a DynamoDB transaction takes beside the head of their
/// stream and an idempotency key. With a key of its own an append takes one less.
pub const MAX_APPEND: usize = 98;

/// How often an append begins again while other handles append to the stream.
const TRIES: u32 = 256;

/// So many streams are remembered, those that wait aside.
const REMEMBERED: usize = 1_024;

/// The streams that a handle appends to.
#[derive(Default)]
pub(in crate::store) struct Lines(Mutex<HashMap<SystemKey, Arc<Line>>>);

/// One stream.
pub(in crate::store) struct Line {
    pub(in crate::store) key: SystemKey,
    pub(super) tenant: TenantKey,
    /// The record's position.
    pub(super) at: usize,
    pub(super) record: &'static RecordSchema,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Waiting>,
    /// Whether a group is on its way.
    busy: bool,
    /// Who waits for it.
    group: Vec<Arc<Slot>>,
    /// Its future, while nobody drives it.
    adrift: Option<BoxFuture<'static, ()>>,
    head: Head,
}

/// What is known of a stream's head.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Head {
    /// Nothing.
    #[default]
    Unknown,
    /// The last number; `None` where no event was ever appended.
    At(Option<u64>),
}

/// An append that waits.
struct Waiting {
    events: Vec<Row>,
    bytes: usize,
    slot: Arc<Slot>,
}

/// Where an append finds its answer: the number of its first event.
#[derive(Default)]
struct Slot(Mutex<Answer>);

#[derive(Default)]
struct Answer {
    number: Option<Result<u64>>,
    waker: Option<Waker>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics between two changes that belong together.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Slot {
    fn answer(&self, number: Result<u64>) {
        let waker = {
            let mut answer = lock(&self.0);
            answer.number = Some(number);
            answer.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn wake(&self) {
        let waker = lock(&self.0).waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The answer; without one the waker is kept.
    fn poll(&self, context: &mut Context<'_>) -> Option<Result<u64>> {
        let mut answer = lock(&self.0);
        if answer.number.is_none() {
            answer.waker = Some(context.waker().clone());
        }
        answer.number.take()
    }
}

impl Lines {
    /// The line of a stream.
    pub(in crate::store) fn of(
        &self,
        key: SystemKey,
        tenant: &TenantKey,
        at: usize,
        record: &'static RecordSchema,
    ) -> Arc<Line> {
        let mut lines = lock(&self.0);
        if lines.len() >= REMEMBERED {
            lines.retain(|_, line| Arc::strong_count(line) > 1);
        }
        let made = || {
            let key = key.clone();
            Arc::new(Line { key, tenant: tenant.clone(), at, record, state: Mutex::default() })
        };
        Arc::clone(lines.entry(key.clone()).or_insert_with(made))
    }
}

impl Line {
    /// What is known of the head.
    pub(super) fn head(&self) -> Head {
        lock(&self.state).head
    }

    /// The last number; it is read where the head is not known.
    pub(super) async fn last(&self, core: &Core, head: Head) -> Result<Option<u64>> {
        match head {
            Head::At(last) => Ok(last),
            Head::Unknown => {
                let stored = self.key.get(&*core.backend, core.clock.now()).await?;
                Ok(stored.map(|head| head.number.unwrap_or_default()))
            }
        }
    }

    /// Takes note of the head.
    pub(super) fn set_head(&self, head: Head) {
        lock(&self.state).head = head;
    }

    /// Appends events whose numbers are still to be given; the answer is the first one's.
    pub(super) fn append(
        self: Arc<Self>,
        core: Arc<Core>,
        events: Vec<Row>,
        bytes: usize,
    ) -> Appending {
        let slot = Arc::new(Slot::default());
        let waiting = Waiting { events, bytes, slot: Arc::clone(&slot) };
        lock(&self.state).queue.push_back(waiting);
        Appending { core, line: self, slot, driven: None, done: false }
    }

    /// Takes the appends that fit into one transaction.
    fn take_group(state: &mut State) -> Vec<Waiting> {
        let (mut events, mut bytes) = (0, 0);
        let mut group = Vec::new();
        while let Some(next) = state.queue.front() {
            events += next.events.len();
            bytes += next.bytes;
            if !group.is_empty() && (events > MAX_APPEND || bytes > MAX_TRANSACTION_BYTES) {
                break;
            }
            group.extend(state.queue.pop_front());
        }
        group
    }

    /// Appends a group and answers each of its appends.
    async fn lead(self: Arc<Self>, core: Arc<Core>, group: Vec<Waiting>) {
        let events: Vec<&Row> = group.iter().flat_map(|waiting| &waiting.events).collect();
        let first = self.commit(&core, &events).await;
        let next = {
            let mut state = lock(&self.state);
            state.busy = false;
            state.group.clear();
            state.queue.front().map(|waiting| Arc::clone(&waiting.slot))
        };
        let mut number = first;
        for waiting in &group {
            let after = number.as_ref().map(|first| first + waiting.events.len() as u64);
            let after = after.map_err(again);
            waiting.slot.answer(std::mem::replace(&mut number, after));
        }
        if let Some(next) = next {
            next.wake();
        }
    }

    /// Appends events behind the head, wherever it is by then; the number of the first.
    async fn commit(&self, core: &Core, events: &[&Row]) -> Result<u64> {
        let backend = &*core.backend;
        for tries in 0..TRIES {
            let now = core.clock.now();
            let last = self.last(core, self.head()).await?;
            // Whatever becomes of this, the head is elsewhere then.
            self.set_head(Head::Unknown);
            let first = last.unwrap_or_default() + 1;
            let advance = Advance::new(&self.key, last, events.len())?;
            let numbered: Vec<Numbered<'_>> = (first..)
                .zip(events)
                .map(|(number, row)| Numbered { record: self.record, row, number })
                .collect();
            let mut writes = Vec::with_capacity(events.len() + 1);
            writes.push(advance.write(&self.key, now));
            writes.extend(numbered.iter().map(|event| {
                let action = Action::Put { fields: event, expect: Expect::Absent };
                Write::new(&self.tenant, self.at, action, now)
            }));
            match backend.transact(&writes).await? {
                Transacted::Committed(_) => {
                    self.set_head(Head::At(Some(first - 1 + events.len() as u64)));
                    return Ok(first);
                }
                Transacted::Refused { at: 0, outcome: Outcome::Refused { stored } } => {
                    if let Some(mut row) = stored {
                        let number = read(&mut row)?.number.unwrap_or_default();
                        self.set_head(Head::At(Some(number)));
                    }
                    backend.pause(tries).await;
                }
                Transacted::Refused { outcome, .. } => return Err(not_appended(outcome)),
                Transacted::Unknown { error, pending } => {
                    return Err(error.with_unsettled(Unsettled::transaction(pending)));
                }
            }
        }
        Err(contended())
    }
}

/// Why an event that has its number was not stored: something else has its key.
pub(super) fn not_appended(outcome: Outcome) -> Error {
    match outcome {
        Outcome::Failed(error) => error,
        Outcome::Refused { .. } => Error::new(
            crate::ErrorKind::Decode,
            "an event is stored behind the last number of its stream",
        ),
        _ => unanswered(),
    }
}

/// An event with the number that its append gives it.
pub(super) struct Numbered<'e> {
    pub(super) record: &'static RecordSchema,
    pub(super) row: &'e Row,
    pub(super) number: u64,
}

impl Fields for Numbered<'_> {
    fn field(&self, at: usize, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        if self.record.sequence.is_some_and(|sequence| sequence.field == at) {
            return self.number.write(to);
        }
        let stored = crate::request::StoredFields { record: self.record, row: self.row };
        stored.field(at, to)
    }
}

/// An append on its way.
#[must_use = "nothing is appended until this is awaited"]
pub(super) struct Appending {
    core: Arc<Core>,
    line: Arc<Line>,
    slot: Arc<Slot>,
    /// The future of a group that this append drives.
    driven: Option<BoxFuture<'static, ()>>,
    done: bool,
}

impl Future for Appending {
    type Output = Result<u64>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<u64>> {
        loop {
            if let Some(answer) = self.slot.poll(context) {
                self.done = true;
                return Poll::Ready(answer);
            }
            if self.driven.is_none() {
                let mut state = lock(&self.line.state);
                if state.busy {
                    let adrift = state.adrift.take();
                    drop(state);
                    self.driven = adrift;
                } else {
                    let group = Line::take_group(&mut state);
                    state.busy = true;
                    state.group = group.iter().map(|waiting| Arc::clone(&waiting.slot)).collect();
                    drop(state);
                    let lead = Arc::clone(&self.line).lead(Arc::clone(&self.core), group);
                    self.driven = Some(Box::pin(lead));
                }
            }
            let Some(driven) = &mut self.driven else {
                return Poll::Pending;
            };
            if driven.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.driven = None;
        }
    }
}

impl Drop for Appending {
    fn drop(&mut self) {
        if self.done && self.driven.is_none() {
            return;
        }
        let mut state = lock(&self.line.state);
        state.queue.retain(|waiting| !Arc::ptr_eq(&waiting.slot, &self.slot));
        if let Some(driven) = self.driven.take() {
            state.adrift = Some(driven);
        }
        // Somebody else goes on with the group; where nobody waits any more it ends here.
        let others: Vec<Arc<Slot>> = state
            .group
            .iter()
            .chain(state.queue.iter().map(|waiting| &waiting.slot))
            .filter(|slot| !Arc::ptr_eq(slot, &self.slot) && Arc::strong_count(slot) > 2)
            .cloned()
            .collect();
        let ended = if others.is_empty() {
            state.busy = false;
            state.group.clear();
            state.adrift.take()
        } else {
            None
        };
        drop(state);
        drop(ended);
        for slot in others {
            slot.wake();
        }
    }
}
