//! A fifth of all answers to updates is lost: none is applied twice, and none is told as failed that was
//! applied.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keyloom::{Error, ErrorKind, Result};
use keyloom_conformance::block_on;
use keyloom_dynamodb_engine::faults::{Loss, Request, rules};
use keyloom_dynamodb_engine::{Fault, Faults};
use tokio::task::JoinSet;

use super::{All, Counter, Named, Place, Purse, Subject, applied, applied_by_mark, open};

const SHARE: f64 = 0.2;
const TASKS: u32 = 8;

/// How an update reaches its record; each counts one on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// One request that counts.
    Count,
    /// One request that puts elements into a list and a set too.
    Collect,
    /// A read for the key of an index, and a write of what was read.
    Index,
    /// A read, and a transaction that moves a unique value.
    Unique,
}

use Way::{Collect, Count, Index, Unique};

/// So many names, so that one is taken now and then.
const NAMES: u64 = 40;

impl Way {
    async fn prepare(self, scope: &All, id: u32) {
        match self {
            Count | Collect => scope.insert(&mut Purse::new(id, 0)).await.unwrap(),
            Index => scope.insert(&mut Counter::blank(id)).await.unwrap(),
            Unique => scope.insert(&mut Named::blank(id)).await.unwrap(),
        }
    }

    /// What the record counts after an update.
    async fn update(self, scope: &All, id: u32, mark: &str, roll: u64) -> Result<i64> {
        match self {
            Count => {
                let update = scope.update(Purse::key(id)).add(Purse::COINS, 1);
                Ok(update.set(Purse::MARK, mark).await?.coins)
            }
            Collect => {
                let update = scope.update(Purse::key(id)).add(Purse::COINS, 1);
                let update = if roll & 1 == 0 {
                    update.append(Purse::LABELS, [mark])
                } else {
                    update.prepend(Purse::LABELS, [mark])
                };
                let update = update.insert_into(Purse::TAGS, [mark]).set(Purse::MARK, mark);
                let purse = update.await?;
                assert!(purse.tags.contains(mark), "{mark}");
                let end = if roll & 1 == 0 { purse.labels.last() } else { purse.labels.first() };
                assert_eq!(end.map(String::as_str), Some(mark));
                Ok(purse.coins)
            }
            Index => {
                let update = scope.update(Counter::key(id)).add(Counter::VALUE, 1);
                Ok(update.set(Counter::MARK, mark).await?.value.cast_signed())
            }
            Unique => {
                let update = scope.update(Named::key(id)).add(Named::VALUE, 1);
                let update = update.set(Named::NAME, format!("pool {roll}"));
                Ok(update.set(Named::MARK, mark).await?.value.cast_signed())
            }
        }
    }

    /// Somebody else's update, which leaves the name alone.
    async fn other(self, scope: &All, id: u32, n: u32) {
        let mark = format!("~other {n}~");
        match self {
            Unique => {
                let update = scope.update(Named::key(id)).add(Named::VALUE, 1);
                update.set(Named::MARK, mark.as_str()).await.map(drop)
            }
            way => way.update(scope, id, &mark, 0).await.map(drop),
        }
        .expect("nothing stands in its way");
    }

    /// Asks until it is told what became of an update: what the record counts by now.
    async fn reconciled(self, mut error: Error) -> Result<i64> {
        for _ in 0..3 {
            let told = match self {
                Count | Collect => error.reconcile_update::<Purse>().await.map(|purse| purse.coins),
                Index => {
                    let told = error.reconcile_update::<Counter>().await;
                    told.map(|counter| counter.value.cast_signed())
                }
                Unique => {
                    let told = error.reconcile_update::<Named>().await;
                    told.map(|named| named.value.cast_signed())
                }
            };
            match told {
                Err(again) if again.kind() == ErrorKind::UnknownOutcome => error = again,
                told => return told,
            }
        }
        Err(error)
    }

    /// What is stored: the count, and the collected marks.
    async fn stored(self, scope: &All, id: u32) -> (i64, Vec<String>) {
        match self {
            Count | Collect => {
                let purse = scope.get(Purse::key(id)).await.unwrap().expect("it is stored");
                assert!(self == Count || purse.labels.len() == purse.tags.len());
                assert!(purse.labels.iter().all(|label| purse.tags.contains(label)));
                (purse.coins, purse.labels)
            }
            Index => {
                let counter = scope.get(Counter::key(id)).await.unwrap().expect("it is stored");
                let by_value = scope.query(Counter::by_value().value(counter.value)).all();
                assert!(by_value.await.unwrap().contains(&counter), "its index key is right");
                (counter.value.cast_signed(), Vec::new())
            }
            Unique => {
                let named = scope.get(Named::key(id)).await.unwrap().expect("it is stored");
                let own = named.value.cast_signed();
                let taken = Named { id: u32::MAX, revision: keyloom::Revision::ZERO, ..named };
                let error = scope.insert(&mut taken.clone()).await.expect_err("the name is held");
                assert_eq!(error.kind(), ErrorKind::UniqueViolation);
                (own, Vec::new())
            }
        }
    }
}

/// How many updates there were, how many were applied, of how many the outcome was unknown at first and
/// at last, and how many were refused.
#[derive(Default)]
struct Tally(BTreeMap<Way, [usize; 5]>);

impl Tally {
    /// One more: whether it was applied, unknown, not to be resolved, and refused.
    fn count(&mut self, way: Way, is: [bool; 4]) {
        let [all, counts @ ..] = self.0.entry(way).or_default();
        *all += 1;
        counts.iter_mut().zip(is).for_each(|(count, one)| *count += usize::from(one));
    }

    fn add(&mut self, other: &Self) {
        for (way, counts) in &other.0 {
            let own = self.0.entry(*way).or_default();
            own.iter_mut().zip(counts).for_each(|(own, count)| *own += count);
        }
    }

    fn unresolved(&self, way: Way) -> usize {
        self.0.get(&way).map_or(0, |counts| counts[3])
    }

    fn print(&self, title: &str) {
        println!("{title}");
        for (way, [all, applied, unknown, unresolved, refused]) in &self.0 {
            let way = format!("{way:?}");
            println!(
                "  {way:<8} {all:>5}, {applied} applied, {unknown} unknown, {unresolved} not to be \
                 resolved, {refused} refused, 0 false"
            );
        }
    }
}

type Rule = Box<dyn Fn(&Request, usize) -> Fault + Send + Sync>;

/// Updates by tasks each of which is the only writer of its record, and so knows what is stored.
async fn alone(seed: u64, ways: &'static [(Way, u32)], rule: fn(u64) -> Rule) -> Tally {
    let place = Place::new().await;
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let seed = seed.wrapping_add(u64::from(task) << 32);
        let faults = Faults::none();
        let (scope, calm) = (place.open(&faults).await, place.calm().await);
        let ways: Vec<_> = ways.iter().map(|(way, all)| (*way, place.many(*all) / TASKS)).collect();
        faults.set(rule(seed));
        tasks.spawn(async move {
            let mut tally = Tally::default();
            for (at, (way, all)) in (0..).zip(ways) {
                let id = task * 10 + at;
                way.prepare(&calm, id).await;
                let mut count = 0;
                for n in 0..all {
                    let roll = rules::random(!seed, n as usize);
                    let mark = format!("~{task}.{at}.{n}~");
                    let what = format!("{way:?} {mark} with the seed {seed:#x}");
                    faults.take();
                    let told = way.update(&scope, id, &mark, roll % NAMES).await;
                    let unknown =
                        told.as_ref().is_err_and(|error| error.kind() == ErrorKind::UnknownOutcome);
                    let told = match told {
                        Err(error) if unknown => way.reconciled(error).await,
                        told => told,
                    };
                    let applied = applied(&faults.take());
                    assert!(applied <= 1, "{what} was applied {applied} times");
                    let kind = told.as_ref().err().map(Error::kind);
                    match told {
                        Ok(told) => {
                            assert_eq!(applied, 1, "{what}: a false success");
                            assert_eq!(told, count + 1, "{what}");
                        }
                        // Another task has the name.
                        Err(error) if error.kind() == ErrorKind::UniqueViolation => {
                            assert_eq!(applied, 0, "{what}: a false refusal");
                        }
                        Err(error) if error.kind() == ErrorKind::UnknownOutcome => {}
                        Err(error) => panic!("{what}: a false refusal: {error}"),
                    }
                    count += i64::try_from(applied).unwrap();
                    let is = |which| kind == Some(which);
                    let refused = is(ErrorKind::UniqueViolation);
                    let unresolved = is(ErrorKind::UnknownOutcome);
                    tally.count(way, [applied == 1, unknown, unresolved, refused]);
                }
                let (stored, labels) = way.stored(&calm, id).await;
                assert_eq!(stored, count, "{way:?} with the seed {seed:#x}");
                assert!(way != Collect || i64::try_from(labels.len()).unwrap() == count);
            }
            tally
        });
    }
    let mut tally = Tally::default();
    tasks.join_all().await.iter().for_each(|one| tally.add(one));
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_who_updates_alone_is_told_a_falsehood() {
    const WAYS: &[(Way, u32)] = &[(Count, 1_500), (Collect, 320), (Index, 240), (Unique, 240)];
    let tally = alone(0xADD, WAYS, |seed| Box::new(rules::losing_answers(seed, SHARE))).await;
    tally.print("updates, answers lost, no other writers");
    for (way, _) in WAYS {
        assert_eq!(tally.unresolved(*way), 0, "every answer to {way:?} could be told");
    }
}

/// A request that never arrives looks like an answer that is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_where_requests_are_lost_too() {
    const WAYS: &[(Way, u32)] = &[(Count, 320), (Collect, 160), (Index, 240), (Unique, 240)];
    let tally = alone(0xADE, WAYS, |seed| Box::new(rules::losing(seed, SHARE))).await;
    tally.print("updates, requests and answers lost, no other writers");
    // What is written over what was read can be sent again.
    assert_eq!(tally.unresolved(Index) + tally.unresolved(Unique), 0);
}

/// What a task was told of an update: what it counted, if that was told at once.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    Applied(Option<i64>),
    Refused(ErrorKind),
    Unknown,
}

/// So many updates of so many shared records by tasks on two handles.
async fn together(seed: u64, way: Way, shared: u32, all: u32, tally: &mut Tally) {
    let place = Place::new().await;
    let calm = place.calm().await;
    for id in 0..shared {
        way.prepare(&calm, id).await;
    }
    let each = place.many(all).div_ceil(TASKS);
    let networks = [Faults::none(), Faults::none()];
    let mut tasks = JoinSet::new();
    let mut handles = Vec::new();
    for (at, faults) in networks.iter().enumerate() {
        handles.push(place.open(faults).await);
        faults.set(rules::losing_answers(seed + at as u64, SHARE));
    }
    for task in 0..TASKS {
        let scope = handles[task as usize % 2].clone();
        tasks.spawn(async move {
            let mut log = Vec::new();
            for n in 0..each {
                let roll = rules::random(!seed, (task * each + n) as usize);
                let id = u32::try_from((roll >> 8) % u64::from(shared)).unwrap();
                let mark = format!("~{task}.{n}~");
                let told = way.update(&scope, id, &mark, roll % NAMES).await;
                let unknown =
                    told.as_ref().is_err_and(|error| error.kind() == ErrorKind::UnknownOutcome);
                let told = match told {
                    Ok(count) => Told::Applied(Some(count)),
                    Err(error) if unknown => match way.reconciled(error).await {
                        Ok(_) => Told::Applied(None),
                        Err(error) if error.kind() == ErrorKind::UnknownOutcome => Told::Unknown,
                        Err(error) => Told::Refused(error.kind()),
                    },
                    Err(error) => Told::Refused(error.kind()),
                };
                log.push((id, mark, told, unknown));
            }
            log
        });
    }
    let log: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let applied = applied_by_mark(networks.iter().flat_map(Faults::take).collect());
    let mut counts = vec![0; shared as usize];
    let mut marks = vec![HashSet::new(); shared as usize];
    let mut returned = HashSet::new();
    for (id, mark, told, unknown) in log {
        let times = applied.get(&mark).copied().unwrap_or_default();
        let what = format!("{way:?} {mark} with the seed {seed:#x}");
        assert!(times <= 1, "{what} was applied {times} times");
        match told {
            Told::Applied(count) => {
                assert_eq!(times, 1, "{what}: a false success");
                let differs = count.is_none_or(|count| returned.insert((id, count)));
                assert!(differs, "{what}: {count:?} was returned twice");
            }
            Told::Refused(kind) => {
                assert_eq!(times, 0, "{what}: a false {kind}");
                let expected = way == Unique && kind == ErrorKind::UniqueViolation;
                assert!(expected || kind == ErrorKind::Contended, "{what}: {kind}");
            }
            Told::Unknown => {}
        }
        counts[id as usize] += i64::try_from(times).unwrap();
        if times == 1 {
            marks[id as usize].insert(mark);
        }
        let refused = matches!(told, Told::Refused(_));
        tally.count(way, [times == 1, unknown, told == Told::Unknown, refused]);
    }
    for (id, (count, marks)) in (0..).zip(counts.into_iter().zip(marks)) {
        let (stored, labels) = way.stored(&calm, id).await;
        assert_eq!(stored, count, "{way:?} {id} with the seed {seed:#x}");
        if way == Collect {
            assert_eq!(labels.len(), marks.len(), "each is there once");
            assert_eq!(labels.into_iter().collect::<HashSet<_>>(), marks);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_who_updates_among_many_is_told_a_falsehood() {
    let mut tally = Tally::default();
    together(0xC0, Count, 4, 1_500, &mut tally).await;
    together(0xC1, Collect, 12, 400, &mut tally).await;
    together(0xC2, Index, 12, 320, &mut tally).await;
    together(0xC3, Unique, 12, 320, &mut tally).await;
    tally.print("updates, answers lost, many writers");
    // Four later writes hide an update; that so many come in a moment is rare.
    for (way, [all, _, _, unresolved, _]) in tally.0 {
        assert!(unresolved * 5 < all, "{way:?}: {unresolved} of {all}");
    }
}

/// An update that must read first is not written over another record that has the same key, the same
/// revision and as many writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_made_anew_is_not_the_one_that_was_read() {
    let place = Place::new().await;
    let (calm, faults) = (place.calm().await, Faults::none());
    let scope = place.open(&faults).await;
    let named = |value| Named { value, ..Named::blank(1) };
    calm.insert(&mut named(5)).await.unwrap();
    let meanwhile = calm.clone();
    let begun = AtomicBool::new(false);
    faults.set(move |request, _| {
        if request.is_write() && !begun.swap(true, Ordering::Relaxed) {
            block_on(async {
                assert!(meanwhile.delete(Named::key(1)).await.unwrap());
                meanwhile.insert(&mut named(9)).await.unwrap();
            });
        }
        Fault::Pass
    });
    let updated = scope.update(Named::key(1)).set(Named::NAME, "another").await.unwrap();
    assert_eq!((&*updated.name, updated.value), ("another", 9));
    assert_eq!(calm.get(Named::key(1)).await.unwrap(), Some(updated));
}

/// That an update was applied is seen at once, and stays known however many write after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_seen_once_stays_known() {
    let place = Place::new().await;
    let (calm, faults) = (place.calm().await, Faults::none());
    let scope = place.open(&faults).await;
    Count.prepare(&calm, 1).await;
    let other = calm.clone();
    faults.set(move |_, n| {
        match n {
            0 => return Fault::LoseAnswer(Loss::Reset),
            1 => block_on(Count.other(&other, 1, 0)),
            _ => {}
        }
        Fault::Pass
    });
    let error = Count.update(&scope, 1, "~own~", 0).await.expect_err("what it made is hidden");
    assert_eq!(error.kind(), ErrorKind::UnknownOutcome, "{error}");
    for n in 1..7 {
        Count.other(&calm, 1, n).await;
    }
    assert_eq!(Count.reconciled(error).await.expect("it was applied"), 8);
}

/// Writes and all that follows them get a fault; the reads before pass.
fn from_the_first_write(fault: Fault) -> impl Fn(&Request, usize) -> Fault {
    let failing = AtomicBool::new(false);
    move |request, _| {
        if failing.load(Ordering::Relaxed) || request.is_write() {
            failing.store(true, Ordering::Relaxed);
            return fault.clone();
        }
        Fault::Pass
    }
}

/// The endpoint fails until the deadline: what became of the update is found out later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_is_unknown_is_found_out() {
    let place = Place::new().await;
    let (calm, faults) = (place.calm().await, Faults::none());
    let scope = open(place.engine(&faults).deadline(Duration::from_millis(300))).await;
    // Whether the engine gets the request, if the machine is not too busy for the first attempt.
    let cases = [
        (Fault::LoseAnswer(Loss::Reset), true),
        (Fault::HangAfterApplying, true),
        (Fault::internal_error(true), true),
        (Fault::LoseRequest(Loss::Reset), false),
        (Fault::Hang, false),
        (Fault::internal_error(false), false),
    ];
    let mut id = 0;
    for (fault, arrives) in cases {
        // Between the update and the question nobody writes, or others do and hide what was made.
        for others in [0, 1, 3, 6] {
            for way in [Count, Collect, Index, Unique] {
                id += 1;
                let what = format!("{way:?} {fault:?}, {others} others");
                way.prepare(&calm, id).await;
                faults.set(from_the_first_write(fault.clone()));
                let error = way.update(&scope, id, "~own~", u64::from(id)).await;
                let error = error.expect_err(&what);
                assert_eq!(error.kind(), ErrorKind::UnknownOutcome, "{what}: {error}");
                faults.clear();
                let applied = way.stored(&calm, id).await.0 == 1;
                assert!(arrives || !applied, "{what}");
                for n in 0..others {
                    way.other(&calm, id, n).await;
                }
                let (before, _) = way.stored(&calm, id).await;
                assert_eq!(before, i64::from(others) + i64::from(applied), "{what}");
                let told = way.reconciled(error).await;
                let (after, _) = way.stored(&calm, id).await;
                let repeatable = matches!(way, Index | Unique);
                match told {
                    Ok(count) => {
                        assert_eq!(count, after, "{what}");
                        let late = !applied && repeatable && others == 0;
                        assert!(applied || late, "{what}: a false success");
                        assert_eq!(after, before + i64::from(late), "{what}");
                        assert!(others <= 3 || way == Unique, "{what}: it is not to be seen");
                    }
                    Err(error) => {
                        assert_eq!(after, before, "{what}: {error}");
                        if error.kind() == ErrorKind::UnknownOutcome {
                            let known = applied && way == Unique;
                            let hidden = others > 3 || (!applied && !repeatable);
                            assert!(hidden && !known, "{what}: {error}");
                        } else {
                            assert!(!applied && others > 0, "{what}: a false refusal: {error}");
                        }
                    }
                }
            }
        }
    }
}
