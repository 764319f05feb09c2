//! Tasks that write the same records, each with a log of what it was told.

use std::collections::{HashMap, HashSet};

use keyloom::{ErrorKind, Record, Result};
use keyloom_dynamodb_engine::Faults;
use keyloom_dynamodb_engine::faults::rules;
use tokio::task::JoinSet;

use super::super::{All, Counter, Named, Note, Place, Subject, applied_by_mark, stored};
use super::{SHARE, TASKS, Tally, reconciled};

/// The records that everybody writes: so many of each kind.
const SHARED: u32 = 20;

/// Records with these ids and more are inserted and deleted again and again.
const SLOTS: u32 = 100;

/// What a task was told of a write.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    Applied,
    Refused(ErrorKind),
    Unknown,
}

/// One of many tasks that write the same records.
struct Together {
    scope: All,
    seed: u64,
    task: u32,
    tally: Tally,
    /// What was told of each write, by its mark.
    log: Vec<(&'static str, String, Told)>,
    /// The marks of the records that this task was told to have deleted.
    ended: Vec<String>,
    /// The marks of the records that it was told to be gone, by this task's delete or another's.
    gone: Vec<String>,
}

impl Together {
    async fn step(&mut self, n: usize) {
        let roll = rules::random(!self.seed, n);
        let id = u32::try_from((roll >> 8) % u64::from(SHARED)).unwrap();
        let mark = format!("~{}.{n}~", self.task);
        match roll % 20 {
            0..8 => {
                let read = self.scope.get(Counter::key(id)).await.unwrap();
                self.save("compare-and-set", read.expect("it is never deleted"), mark, roll).await;
            }
            8..12 => {
                let read = self.scope.get(Named::key(id)).await.unwrap();
                let mut named = read.expect("it is never deleted");
                if roll >> 32 & 1 == 0 {
                    named.name = format!("name {}", (roll >> 33) % 30);
                }
                self.save("compare-and-set in transactions", named, mark, 1).await;
            }
            12..15 => self.save("upsert", Note::blank(id), mark, roll).await,
            15 => {
                let told = self.scope.delete(Note::key(id)).await;
                self.tally.count("delete by key", false, false);
                told.expect("nothing stands in its way");
            }
            16..18 => {
                let mut slot = Counter::blank(SLOTS + id);
                slot.mark.clone_from(&mark);
                let told = self.scope.insert(&mut slot).await;
                self.tell("insert", mark, told, &mut slot).await;
            }
            _ => self.delete_slot(id).await,
        }
    }

    async fn save<S: Subject>(
        &mut self,
        what: &'static str,
        mut record: S,
        mark: String,
        roll: u64,
    ) {
        record.change(roll, &mark);
        record.mark().clone_from(&mark);
        let told = self.scope.save(&mut record).await;
        self.tell(what, mark, told, &mut record).await;
    }

    async fn tell<R: Record>(
        &mut self,
        what: &'static str,
        mark: String,
        told: Result<()>,
        record: &mut R,
    ) {
        let unknown = told.as_ref().is_err_and(|error| error.kind() == ErrorKind::UnknownOutcome);
        let told = match told {
            Err(error) if unknown => reconciled(error, record).await,
            told => told,
        };
        let told = match told {
            Ok(()) => Told::Applied,
            Err(error) if error.kind() == ErrorKind::UnknownOutcome => Told::Unknown,
            Err(error) => Told::Refused(error.kind()),
        };
        self.tally.count(what, unknown, told == Told::Unknown);
        self.log.push((what, mark, told));
    }

    async fn delete_slot(&mut self, id: u32) {
        let Some(slot) = self.scope.get(Counter::key(SLOTS + id)).await.unwrap() else {
            return;
        };
        match self.scope.delete(&slot).await {
            Ok(existed) => {
                assert!(existed);
                self.tally.count("delete", false, false);
                self.ended.push(slot.mark);
            }
            Err(error) => {
                let unknown = error.kind() == ErrorKind::UnknownOutcome;
                let error = match error.reconcile_delete::<Counter>().await {
                    Ok(()) => {
                        self.gone.push(slot.mark);
                        return self.tally.count("delete", unknown, false);
                    }
                    Err(error) => error,
                };
                let unresolved = error.kind() == ErrorKind::UnknownOutcome;
                self.tally.count("delete", unknown, unresolved);
                let kinds = [ErrorKind::UnknownOutcome, ErrorKind::NotFound, ErrorKind::Conflict];
                assert!(kinds.contains(&error.kind()), "{error}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_among_many_writers_is_told_a_falsehood() {
    const SEED: u64 = 0xC0DE;
    let place = Place::new().await;
    let calm = place.calm().await;
    for id in 0..SHARED {
        calm.insert(&mut Counter::blank(id)).await.unwrap();
        calm.insert(&mut Named::blank(id)).await.unwrap();
    }
    let each = usize::try_from(place.many(10_000) / TASKS).unwrap();
    let networks = [Faults::none(), Faults::none()];
    let mut handles = Vec::new();
    for (at, faults) in networks.iter().enumerate() {
        handles.push(place.open(faults).await);
        faults.set(rules::losing(SEED + at as u64, SHARE));
    }
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let scope = handles[usize::try_from(task).unwrap() % 2].clone();
        let seed = SEED.wrapping_add(u64::from(task) << 32);
        let (tally, log) = (Tally::default(), Vec::new());
        let (ended, gone) = (Vec::new(), Vec::new());
        let mut together = Together { scope, seed, task, tally, log, ended, gone };
        tasks.spawn(async move {
            let mut n = 0;
            while together.tally.writes() < each {
                together.step(n).await;
                n += 1;
            }
            together
        });
    }
    let tasks = tasks.join_all().await;
    let applied = applied_by_mark(networks.iter().flat_map(Faults::take).collect());
    let mut tally = Tally::default();
    for task in &tasks {
        tally.add(&task.tally);
    }
    tally.print("requests and answers lost, many writers");

    // Two tasks may both be told to have deleted one record: a delete compares the revision alone, which
    // begins again when a record is inserted anew, so a repetition may have met the next one.
    let mut ended: HashSet<&String> = tasks.iter().flat_map(|task| &task.ended).collect();
    ended.extend(tasks.iter().flat_map(|task| &task.gone));
    let mut truth: HashMap<&str, bool> = HashMap::new();
    for (what, mark, told) in tasks.iter().flat_map(|task| &task.log) {
        let times = applied.get(mark).copied().unwrap_or_default();
        assert!(times <= 1, "seed {SEED:#x}: {what} {mark} was applied {times} times");
        match told {
            Told::Applied => assert_eq!(times, 1, "seed {SEED:#x}: a false success: {what} {mark}"),
            Told::Refused(kind) => {
                assert_eq!(times, 0, "seed {SEED:#x}: a false {kind}: {what} {mark}");
            }
            Told::Unknown => {}
        }
        truth.insert(mark, times == 1);
    }
    let was_applied = |mark: &str| mark.is_empty() || truth.get(mark).copied().unwrap_or_default();
    let count = |what: &str| {
        let log = tasks.iter().flat_map(|task| &task.log);
        log.filter(|(kind, mark, _)| *kind == what && truth[mark.as_str()]).count() as u64
    };

    // No update is lost: each applied one is counted, and nothing else is.
    let (mut sum, mut named_sum) = (0, 0);
    let mut free: HashSet<String> = (0..30).map(|at| format!("name {at}")).collect();
    for id in 0..SHARED {
        let counter = calm.get(Counter::key(id)).await.unwrap().expect("it was never deleted");
        assert!(was_applied(&counter.mark));
        sum += counter.value;
        let named = calm.get(Named::key(id)).await.unwrap().expect("it was never deleted");
        assert!(was_applied(&named.mark));
        named_sum += named.value;
        free.remove(&named.name);
        if let Some(note) = calm.get(Note::key(id)).await.unwrap() {
            assert!(was_applied(&note.mark));
        }
        if let Some(slot) = stored(&calm, &Counter::blank(SLOTS + id)).await {
            assert!(was_applied(&slot.mark));
            assert!(!ended.contains(&slot.mark), "{slot:?} came back after its delete");
        }
    }
    assert_eq!(sum, count("compare-and-set"), "seed {SEED:#x}");
    assert_eq!(named_sum, count("compare-and-set in transactions"), "seed {SEED:#x}");
    // A name that nobody holds is free.
    for (at, name) in free.into_iter().enumerate() {
        let mut named = Named { name, ..Named::blank(1_000 + u32::try_from(at).unwrap()) };
        calm.insert(&mut named).await.expect("the name is free");
    }
}
