//! What is written together is there both or neither, whatever write fails and wherever a future is
//! dropped.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use blue::dialogue::{
    Citation, DialogueStatus, ReferenceKind, Round, TensionEvent, TensionStatus, Verdict,
    VerdictKind,
};
use blue::id::{DialogueId, EntityId};
use blue::{DialogueStore, Error};
use futures_util::future::join_all;
use keyloom::ErrorKind;

use crate::harness::{Database, begun, clock, dialogues, dialogues_on, perspective, tension};
use crate::watched::{Fault, Watch, Watched};

/// A store whose writes can fail, and one on the same data that tells what is stored.
struct Pair {
    watch: Arc<Watch>,
    failing: Box<dyn DialogueStore>,
    sound: Box<dyn DialogueStore>,
}

impl Pair {
    async fn open(db: &dyn Database) -> Self {
        let watch = Arc::new(Watch::default());
        let engine = Watched { engine: db.engine(), watch: Arc::clone(&watch) };
        let failing = dialogues_on(Box::new(engine), &clock()).await;
        Self { watch, failing, sound: dialogues(db).await }
    }

    /// Makes each write of an operation fail, one after the other, before it and after it was applied.
    ///
    /// `state` says whether all was written, and panics where only a part was.
    async fn fails_whole<T>(
        &self,
        operation: impl AsyncFn(&dyn DialogueStore, &DialogueId) -> blue::Result<T>,
        state: impl AsyncFn(&dyn DialogueStore, &DialogueId) -> bool,
    ) {
        for fault in [Fault::Before, Fault::After] {
            let mut faults = 0;
            loop {
                let id = begun(&*self.sound).await;
                self.sound.register_tension(&id, tension(0, "t")).await.unwrap();
                self.watch.fail(faults, fault);
                let outcome = operation(&*self.failing, &id).await;
                let written = state(&*self.sound, &id).await;
                if !self.watch.has_failed() {
                    assert!(outcome.is_ok() && written, "all writes have failed once");
                    assert!(faults > 0);
                    break;
                }
                assert!(outcome.is_err());
                if fault == Fault::Before {
                    assert!(!written);
                    // What failed can be done again.
                    operation(&*self.failing, &id).await.map(drop).unwrap();
                    assert!(state(&*self.sound, &id).await);
                }
                faults += 1;
            }
        }
    }
}

async fn resolve(store: &dyn DialogueStore, id: &DialogueId) -> blue::Result<()> {
    let (tension, event) = ("T0001".parse().unwrap(), TensionEvent::default());
    store.update_tension_status(id, tension, TensionStatus::Resolved, event).await.map(drop)
}

async fn is_resolved(store: &dyn DialogueStore, id: &DialogueId) -> bool {
    let export = store.export_dialogue(id).await.unwrap();
    let state = (export.tensions[0].status, export.tension_events.len());
    assert!(matches!(state, (TensionStatus::Open, 1) | (TensionStatus::Resolved, 2)), "{state:?}");
    state.1 == 2
}

async fn conclude(store: &dyn DialogueStore, id: &DialogueId) -> blue::Result<()> {
    let verdict = Verdict { id: "v".into(), kind: VerdictKind::Final, ..Verdict::default() };
    store.register_verdict(id, verdict).await.map(drop)
}

async fn is_concluded(store: &dyn DialogueStore, id: &DialogueId) -> bool {
    let export = store.export_dialogue(id).await.unwrap();
    let converged = export.dialogue.status == DialogueStatus::Converged;
    assert_eq!(converged, export.dialogue.converged_at.is_some());
    assert_eq!(export.verdicts.len(), usize::from(converged));
    converged
}

pub(crate) async fn a_failing_transition_is_whole(db: &dyn Database) {
    Pair::open(db).await.fails_whole(resolve, is_resolved).await;
}

pub(crate) async fn a_failing_verdict_is_whole(db: &dyn Database) {
    Pair::open(db).await.fails_whole(conclude, is_concluded).await;
}

async fn add_round(store: &dyn DialogueStore, id: &DialogueId) -> blue::Result<()> {
    store.register_round(id, Round { score: 40, ..Round::default() }).await.map(drop)
}

async fn has_round(store: &dyn DialogueStore, id: &DialogueId) -> bool {
    let export = store.export_dialogue(id).await.unwrap();
    let totals = (export.dialogue.total_rounds, export.dialogue.total_alignment);
    assert!(matches!((totals, export.rounds.len()), ((0, 0), 0) | ((1, 40), 1)), "{totals:?}");
    totals.0 == 1
}

async fn add_tension(store: &dyn DialogueStore, id: &DialogueId) -> blue::Result<()> {
    store.register_tension(id, tension(1, "t")).await.map(drop)
}

async fn has_tension(store: &dyn DialogueStore, id: &DialogueId) -> bool {
    let export = store.export_dialogue(id).await.unwrap();
    assert_eq!(export.tensions.len(), export.tension_events.len());
    export.tensions.len() == 2
}

async fn add_perspective(store: &dyn DialogueStore, id: &DialogueId) -> blue::Result<()> {
    let target = "T0001".parse().unwrap();
    let cite = |kind| Citation { kind, target };
    let mut perspective = perspective(1, "p");
    perspective.references = [ReferenceKind::Address, ReferenceKind::Question].map(cite).into();
    store.register_perspective(id, perspective).await.map(drop)
}

async fn has_perspective(store: &dyn DialogueStore, id: &DialogueId) -> bool {
    let export = store.export_dialogue(id).await.unwrap();
    assert_eq!(export.perspectives.len() * 2, export.references.len());
    export.perspectives.len() == 1
}

pub(crate) async fn a_failing_round_is_whole(db: &dyn Database) {
    Pair::open(db).await.fails_whole(add_round, has_round).await;
}

pub(crate) async fn a_failing_tension_is_whole(db: &dyn Database) {
    Pair::open(db).await.fails_whole(add_tension, has_tension).await;
}

pub(crate) async fn a_failing_perspective_is_whole(db: &dyn Database) {
    Pair::open(db).await.fails_whole(add_perspective, has_perspective).await;
}

/// Polls a future so many times, with time for what it waits for, and drops it.
async fn poll_times<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..polls {
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    None
}

async fn drops_whole(
    db: &dyn Database,
    operation: impl AsyncFn(&dyn DialogueStore, &DialogueId) -> blue::Result<()>,
    state: impl AsyncFn(&dyn DialogueStore, &DialogueId) -> bool,
) {
    let store = dialogues(db).await;
    for polls in 0..24 {
        let id = begun(&*store).await;
        store.register_tension(&id, tension(0, "t")).await.unwrap();
        let outcome = poll_times(operation(&*store, &id), polls).await;
        let written = state(&*store, &id).await;
        assert!(outcome.is_none() || written);
    }
}

pub(crate) async fn a_dropped_transition_is_whole(db: &dyn Database) {
    drops_whole(db, resolve, is_resolved).await;
}

pub(crate) async fn a_dropped_verdict_is_whole(db: &dyn Database) {
    drops_whole(db, conclude, is_concluded).await;
}

pub(crate) async fn a_dropped_round_is_whole(db: &dyn Database) {
    drops_whole(db, add_round, has_round).await;
}

pub(crate) async fn a_dropped_tension_is_whole(db: &dyn Database) {
    drops_whole(db, add_tension, has_tension).await;
}

pub(crate) async fn a_dropped_perspective_is_whole(db: &dyn Database) {
    drops_whole(db, add_perspective, has_perspective).await;
}

/// Many change one tension over a network that loses what it carries: each change that is told is stored
/// once, with its event, and none beside them but those of which nobody knows.
pub(crate) async fn lost_answers_leave_whole_transitions(db: &dyn Database) {
    let sound = dialogues(db).await;
    let id = begun(&*sound).await;
    let tension = sound.register_tension(&id, tension(0, "t")).await.unwrap().id();
    let clock = clock();
    let far = [(); 4].map(|()| dialogues_on(db.engine_far_away(), &clock));
    let far = join_all(far).await;
    let (mut told, mut unknown) = (0, 0);
    for outcomes in join_all(far.iter().map(|store| change(&**store, &id, tension))).await {
        for outcome in outcomes {
            match outcome {
                Ok(_) => told += 1,
                Err(Error::Transition { .. }) => {}
                Err(Error::Storage(error)) => match error.kind() {
                    ErrorKind::UnknownOutcome => unknown += 1,
                    ErrorKind::Unavailable | ErrorKind::Contended => {}
                    kind => panic!("{kind:?}: {error}"),
                },
                Err(error) => panic!("{error}"),
            }
        }
    }
    let export = sound.export_dialogue(&id).await.unwrap();
    let events = &export.tension_events;
    let stored = events.len() - 1;
    assert!(told > 0 && (told..=told + unknown).contains(&stored), "{told} {unknown} {stored}");
    assert_eq!(events.last().map(|event| event.kind), Some(export.tensions[0].status.into()));
    assert_eq!(export.tensions[0].revision.get(), stored as u64 + 1);
    for pair in events.windows(2) {
        assert_ne!(pair[0].kind, pair[1].kind, "each came from another status");
    }
}

async fn change(
    store: &dyn DialogueStore,
    id: &DialogueId,
    tension: EntityId,
) -> Vec<blue::Result<TensionEvent>> {
    let mut outcomes = Vec::new();
    for round in 0..12 {
        let to = [TensionStatus::Resolved, TensionStatus::Reopened][round % 2];
        let event = TensionEvent::default();
        outcomes.push(store.update_tension_status(id, tension, to, event).await);
    }
    outcomes
}
