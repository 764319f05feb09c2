//! Tasks each of which is the only writer of its records, and so knows what is stored.

use keyloom::{ErrorKind, Result};
use keyloom_dynamodb_engine::faults::{Request, rules};
use keyloom_dynamodb_engine::{Fault, Faults};
use tokio::task::JoinSet;

use super::super::{All, Counter, Named, Note, Place, Subject, applied, stored};
use super::{SHARE, TASKS, Tally, reconciled};

/// A task that is the only writer of its records, with its own network.
struct Alone {
    scope: All,
    calm: All,
    faults: Faults,
    seed: u64,
    task: u32,
    tally: Tally,
}

impl Alone {
    /// One write of a record, of which the task knows what is stored.
    async fn step<S: Subject>(&mut self, model: &mut Option<S>, id: u32, n: usize) {
        let roll = rules::random(!self.seed, n);
        let mark = format!("~{}.{n}~", self.task);
        let name = S::SCHEMA.name;
        match model.take() {
            None => {
                let mut record = S::blank(id);
                record.mark().clone_from(&mark);
                let what = if roll & 2 == 0 { "insert" } else { "save of a new one" };
                let told = if roll & 2 == 0 {
                    self.scope.insert(&mut record).await
                } else {
                    self.scope.save(&mut record).await
                };
                *model = self.written(what, None, record, told).await;
            }
            Some(before) if roll % 16 < 11 => {
                let mut record = before.clone();
                record.change(roll >> 8, &mark);
                *record.mark() = mark;
                let told = self.scope.save(&mut record).await;
                let what = if name == "Note" { "upsert" } else { "compare-and-set" };
                *model = self.written(what, Some(before), record, told).await;
            }
            Some(before) if roll % 16 < 14 => {
                let told = self.scope.delete(&before).await;
                *model = self.deleted("delete", before, told).await;
            }
            Some(before) => {
                let told = self.scope.delete(before.key_of()).await;
                *model = self.deleted("delete by key", before, told).await;
            }
        }
    }

    fn place(&self, what: &str) -> String {
        format!("{what} by task {} with the seed {:#x}", self.task, self.seed)
    }

    /// What is stored after an insert or a save.
    async fn written<S: Subject>(
        &mut self,
        what: &'static str,
        before: Option<S>,
        mut record: S,
        told: Result<()>,
    ) -> Option<S> {
        let place = self.place(&format!("{what} of {record:?}"));
        let (unknown, told) = match told {
            Err(error) if error.kind() == ErrorKind::UnknownOutcome => {
                let sent = self.faults.requests().len();
                let told = reconciled(error, &mut record).await;
                assert!(self.faults.requests().len() > sent, "{place}: nothing to reconcile");
                (true, told)
            }
            told => (false, told),
        };
        let applied = applied(&self.faults.take());
        assert!(applied <= 1, "{place} was applied {applied} times");
        let after = match told {
            Ok(()) => {
                assert_eq!(applied, 1, "{place}: a false success");
                Some(record)
            }
            Err(error) if error.kind() == ErrorKind::UnknownOutcome => {
                // What it wrote, or what was there before.
                let now = stored(&self.calm, &record).await;
                assert_eq!(now == before, applied == 0, "{place} left {now:?}");
                self.tally.count(what, unknown, true);
                return now;
            }
            Err(error) => panic!("{place}: a false refusal: {error}"),
        };
        self.tally.count(what, unknown, false);
        after
    }

    /// What is stored after a delete.
    async fn deleted<S: Subject>(
        &mut self,
        what: &'static str,
        before: S,
        told: Result<bool>,
    ) -> Option<S> {
        let place = self.place(&format!("{what} of {before:?}"));
        let (unknown, told) = match told {
            Err(mut error) if error.kind() == ErrorKind::UnknownOutcome => {
                let sent = self.faults.requests().len();
                let mut told = Ok(());
                for _ in 0..3 {
                    told = error.reconcile_delete::<S>().await;
                    match told {
                        Err(again) if again.kind() == ErrorKind::UnknownOutcome => {
                            error = again;
                            told = Ok(());
                        }
                        _ => break,
                    }
                }
                assert!(self.faults.requests().len() > sent, "{place}: nothing to reconcile");
                (true, told.map(|()| true))
            }
            told => (false, told),
        };
        let applied = applied(&self.faults.take());
        match told {
            Ok(existed) => assert!(existed && applied >= 1, "{place}: {existed}, a false success"),
            Err(error) => panic!("{place}: a false refusal: {error}"),
        }
        self.tally.count(what, unknown, false);
        None
    }
}

/// So many writes of tasks each of which is the only writer of its records.
async fn alone(
    seed: u64,
    writes: u32,
    rule: impl Fn(u64) -> Box<dyn Fn(&Request, usize) -> Fault + Send + Sync>,
) -> Tally {
    let place = Place::new().await;
    let each = usize::try_from(place.many(writes) / TASKS).unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let seed = seed.wrapping_add(u64::from(task) << 32);
        let faults = Faults::none();
        let (scope, calm) = (place.open(&faults).await, place.calm().await);
        faults.set(rule(seed));
        let mut alone = Alone { scope, calm, faults, seed, task, tally: Tally::default() };
        tasks.spawn(async move {
            let first = task * 10;
            let mut counters = [None, None, None];
            let mut named = [None, None];
            let mut notes = [None, None];
            for n in 0..each {
                let id = |at: usize| first + u32::try_from(at).unwrap();
                match n % 7 {
                    at @ 0..3 => {
                        let model: &mut Option<Counter> = &mut counters[at];
                        alone.step(model, id(at), n).await;
                    }
                    at @ 3..5 => {
                        let model: &mut Option<Named> = &mut named[at - 3];
                        alone.step(model, id(at), n).await;
                    }
                    at => {
                        let model: &mut Option<Note> = &mut notes[at - 5];
                        alone.step(model, id(at), n).await;
                    }
                }
            }
            for (at, model) in counters.iter().enumerate() {
                let id = first + u32::try_from(at).unwrap();
                assert_eq!(*model, alone.calm.get(Counter::key(id)).await.unwrap());
            }
            for (at, model) in named.iter().enumerate() {
                let id = first + u32::try_from(at).unwrap() + 3;
                assert_eq!(*model, alone.calm.get(Named::key(id)).await.unwrap());
            }
            for (at, model) in notes.iter().enumerate() {
                let id = first + u32::try_from(at).unwrap() + 5;
                assert_eq!(*model, alone.calm.get(Note::key(id)).await.unwrap());
            }
            alone.tally
        });
    }
    let mut tally = Tally::default();
    tasks.join_all().await.iter().for_each(|one| tally.add(one));
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_who_writes_alone_is_told_a_falsehood() {
    let tally = alone(0x5EED, 10_000, |seed| Box::new(rules::losing_answers(seed, SHARE))).await;
    tally.print("answers lost, no other writers");
    for kind in ["insert", "save of a new one", "compare-and-set", "upsert", "delete by key"] {
        assert_eq!(tally.unknown(kind), 0, "every answer to {kind} could be told");
    }
}

/// A request that never arrives looks like an answer that is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_where_requests_are_lost_too() {
    let tally = alone(0xDEAF, 2_000, |seed| Box::new(rules::losing(seed, SHARE))).await;
    tally.print("requests and answers lost, no other writers");
    assert_eq!(tally.unknown("compare-and-set"), 0);
}
