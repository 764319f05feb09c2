//! A fifth of all answers is lost: nobody is told what is not so, and nothing is lost.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use keyloom::{Error, ErrorKind, Lists, Record, Result};
use keyloom_dynamodb_engine::Faults;
use keyloom_dynamodb_engine::faults::{Exchange, Request, rules};
use tokio::task::JoinSet;

use super::{All, Counter, Named, Note, Place, Records, Subject, applied, stored};

const SHARE: f64 = 0.2;
const TASKS: u64 = 8;

/// Asks until it is told what became of a write.
async fn reconciled<R: Record>(mut error: Error, record: &mut R) -> Result<()> {
    for _ in 0..3 {
        match error.reconcile(record).await {
            Err(again) if again.kind() == ErrorKind::UnknownOutcome => error = again,
            told => return told,
        }
    }
    Err(error)
}

/// How many writes of a kind there were, and of how many the outcome was unknown.
#[derive(Default)]
struct Tally(BTreeMap<&'static str, [usize; 3]>);

impl Tally {
    fn count(&mut self, kind: &'static str, unknown: bool, unresolved: bool) {
        let counts = self.0.entry(kind).or_default();
        counts[0] += 1;
        counts[1] += usize::from(unknown);
        counts[2] += usize::from(unresolved);
    }

    fn add(&mut self, other: &Self) {
        for (kind, counts) in &other.0 {
            let own = self.0.entry(kind).or_default();
            own.iter_mut().zip(counts).for_each(|(own, count)| *own += count);
        }
    }

    fn writes(&self) -> usize {
        self.0.values().map(|counts| counts[0]).sum()
    }

    fn unknown(&self, kind: &str) -> usize {
        self.0.get(kind).map_or(0, |counts| counts[1])
    }

    fn print(&self, title: &str) {
        println!("{title}: {} writes", self.writes());
        for (kind, [all, unknown, unresolved]) in &self.0 {
            println!("  {kind:<24} {all:>6}, {unknown} unknown, {unresolved} not to be resolved");
        }
    }
}

/// A task that is the only writer of its records, with its own network.
struct Alone {
    scope: All,
    calm: All,
    faults: Faults,
    seed: u64,
    task: u64,
    tally: Tally,
}

impl Alone {
    /// One write of a record, of which the task knows what is stored.
    async fn step<S: Subject>(&mut self, model: &mut Option<S>, id: u32, n: usize)
    where
        Records: Lists<S>,
    {
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
    ) -> Option<S>
    where
        Records: Lists<S>,
    {
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
    ) -> Option<S>
    where
        Records: Lists<S>,
    {
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
    writes: usize,
    rule: impl Fn(u64) -> Box<dyn Fn(&Request, usize) -> keyloom_dynamodb_engine::Fault + Send + Sync>,
) -> Tally {
    let place = Place::new().await;
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let seed = seed.wrapping_add(task << 32);
        let faults = Faults::none();
        let (scope, calm) = (place.open(&faults).await, place.calm().await);
        faults.set(rule(seed));
        let mut alone = Alone { scope, calm, faults, seed, task, tally: Tally::default() };
        tasks.spawn(async move {
            let first = u32::try_from(task).unwrap() * 10;
            let mut counters = [None, None, None];
            let mut named = [None, None];
            let mut notes = [None, None];
            for n in 0..writes / usize::try_from(TASKS).unwrap() {
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
    task: u64,
    tally: Tally,
    /// What was told of each write, by its mark.
    log: Vec<(&'static str, String, Told)>,
    /// The marks of the records that this task was told to have deleted.
    ended: Vec<String>,
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

    async fn save<S: Subject>(&mut self, what: &'static str, mut record: S, mark: String, roll: u64)
    where
        Records: Lists<S>,
    {
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
                self.tally.count("delete", unknown, unknown);
                let kinds = [ErrorKind::UnknownOutcome, ErrorKind::NotFound, ErrorKind::Conflict];
                assert!(kinds.contains(&error.kind()), "{error}");
            }
        }
    }
}

/// The mark that a request carries.
fn mark_of(request: &Request) -> Option<String> {
    let body = String::from_utf8_lossy(request.body());
    let from = body.find('~')?;
    let length = body[from + 1..].find('~')?;
    Some(body[from..from + length + 2].to_owned())
}

/// What the engine says of each write, by its mark: how often it was applied.
fn applied_by_mark(exchanges: Vec<Exchange>) -> HashMap<String, usize> {
    let mut by_mark: HashMap<String, Vec<Exchange>> = HashMap::new();
    for exchange in exchanges {
        if let Some(mark) = mark_of(exchange.request()) {
            by_mark.entry(mark).or_default().push(exchange);
        }
    }
    by_mark.into_iter().map(|(mark, exchanges)| (mark, applied(&exchanges))).collect()
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
    let networks = [Faults::none(), Faults::none()];
    let mut handles = Vec::new();
    for (at, faults) in networks.iter().enumerate() {
        handles.push(place.open(faults).await);
        faults.set(rules::losing(SEED + at as u64, SHARE));
    }
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let scope = handles[usize::try_from(task).unwrap() % 2].clone();
        let seed = SEED.wrapping_add(task << 32);
        let (tally, log, ended) = (Tally::default(), Vec::new(), Vec::new());
        let mut together = Together { scope, seed, task, tally, log, ended };
        tasks.spawn(async move {
            let mut n = 0;
            while together.tally.writes() < 10_000 / usize::try_from(TASKS).unwrap() {
                together.step(n).await;
                n += 1;
            }
            together
        });
    }
    let tasks = tasks.join_all().await;
    let applied = applied_by_mark(networks.iter().flat_map(Faults::take).collect());
    let applied = Arc::new(applied);
    let mut tally = Tally::default();
    tasks.iter().for_each(|task| tally.add(&task.tally));
    tally.print("requests and answers lost, many writers");

    let mut ended = HashSet::new();
    for mark in tasks.iter().flat_map(|task| &task.ended) {
        assert!(ended.insert(mark), "two tasks were told to have deleted {mark}");
    }
    let mut outlived = 0;
    let mut truth: HashMap<&str, bool> = HashMap::new();
    for (what, mark, told) in tasks.iter().flat_map(|task| &task.log) {
        let times = applied.get(mark).copied().unwrap_or_default();
        assert!(times <= 1, "seed {SEED:#x}: {what} {mark} was applied {times} times");
        match told {
            Told::Applied => assert_eq!(times, 1, "seed {SEED:#x}: a false success: {what} {mark}"),
            // Its record was stored and deleted by somebody else before it could be looked for.
            Told::Refused(ErrorKind::AlreadyExists) if times == 1 => outlived += 1,
            Told::Refused(kind) => {
                assert_eq!(times, 0, "seed {SEED:#x}: a false {kind}: {what} {mark}");
            }
            Told::Unknown => {}
        }
        truth.insert(mark, times == 1);
    }
    println!("  {outlived} inserts were told of a later record than their own");
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
