//! Streams and sequences whose answers are lost: no number is given twice, and streams have no hole.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use keyloom::{ErrorKind, Result};
use keyloom_dynamodb_engine::faults::{Loss, rules};
use keyloom_dynamodb_engine::{Fault, Faults};
use tokio::task::JoinSet;

use super::{All, Event, Place, Ticket, open};

const TASKS: u32 = 8;
const SHARE: f64 = 0.2;

/// Two handles, each behind a network of its own that loses answers, or requests too.
async fn handles(place: &Place, seed: u64, requests_too: bool) -> (Vec<All>, [Faults; 2]) {
    let networks = [Faults::none(), Faults::none()];
    let mut handles = Vec::new();
    for (at, faults) in (0..).zip(&networks) {
        handles.push(place.open(faults).await);
        if requests_too {
            faults.set(rules::losing(seed + at, SHARE));
        } else {
            faults.set(rules::losing_answers(seed + at, SHARE));
        }
    }
    (handles, networks)
}

/// What became of an append: the number of its last event, if it was told.
struct Appended {
    texts: Vec<String>,
    told: Result<u64, ErrorKind>,
}

async fn appends_have_no_hole(seed: u64, requests_too: bool) {
    let place = Place::new().await;
    let calm = place.calm().await;
    let (handles, networks) = handles(&place, seed, requests_too).await;
    let each = place.many(320) / TASKS;
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let scope = handles[task as usize % 2].clone();
        tasks.spawn(async move {
            let mut log = Vec::new();
            for n in 0..each {
                let stream = scope.stream(Event::stream(1));
                let count = if n % 5 == 0 { 3 } else { 1 };
                let texts: Vec<_> = (0..count).map(|at| format!("{task}.{n}.{at}")).collect();
                let mut events: Vec<_> = texts.iter().map(|text| Event::new(1, text)).collect();
                let told = match n % 7 {
                    6 => {
                        let key = format!("{task}.{n}");
                        events.truncate(1);
                        let first = stream.append_once(&key, &mut events[0]).await;
                        let mut again = Event::new(1, "again");
                        let second = stream.append_once(&key, &mut again).await;
                        if let (Ok(first), Ok(second)) = (&first, &second) {
                            assert_eq!(first, second, "one number for one key");
                        }
                        first
                    }
                    _ => stream.append_all(&mut events).await,
                };
                let texts = texts.into_iter().take(events.len()).collect();
                let told = match told {
                    Err(error) if error.kind() == ErrorKind::UnknownOutcome => {
                        let told = error.reconcile_transaction().await;
                        Err(told.err().map_or(ErrorKind::UnknownOutcome, |error| error.kind()))
                    }
                    Ok(last) => {
                        let numbers = events.iter().map(|event| event.number);
                        let first = last + 1 - events.len() as u64;
                        assert!(numbers.eq(first..=last), "seed {seed:#x}");
                        Ok(last)
                    }
                    Err(error) => Err(error.kind()),
                };
                log.push(Appended { texts, told });
            }
            log
        });
    }
    let log: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let sent: usize = networks.iter().map(|faults| faults.take().len()).sum();
    let stream = calm.stream(Event::stream(1));
    let last = stream.last_seq().await.unwrap();
    let stored = stream.read_from(1).limit(10_000).await.unwrap();
    let numbers = stored.iter().map(|event| event.number);
    assert!(numbers.eq(1..=last), "seed {seed:#x}: numbers without a hole");
    let mut places: HashMap<&str, u64> = HashMap::new();
    for event in &stored {
        let before = places.insert(&event.text, event.number);
        assert_eq!(before, None, "seed {seed:#x}: {event:?} stands there twice");
    }
    let (mut told, mut unknown) = (0, 0);
    for Appended { texts, told: outcome } in &log {
        match outcome {
            Ok(last) => {
                told += texts.len();
                for (text, number) in texts.iter().rev().zip((0..=*last).rev()) {
                    assert_eq!(places.get(text.as_str()), Some(&number), "seed {seed:#x}: {text}");
                }
            }
            Err(ErrorKind::UnknownOutcome) => unknown += 1,
            Err(kind) => panic!("seed {seed:#x}: {texts:?}: {kind}"),
        }
    }
    println!(
        "appends, 20 % lost (requests too: {requests_too}): {} of {told} events in {sent} requests, \
         {last} stored, {unknown} unknown, 0 false",
        log.len()
    );
    assert!(unknown > 0 || told as u64 == last, "nothing else is there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_whose_answers_are_lost_have_no_hole() {
    appends_have_no_hole(0x57, false).await;
    appends_have_no_hole(0x58, true).await;
}

/// All answers are lost for a while: the appends that shared a transaction are unknown, and who led them
/// finds out later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_that_are_unknown_are_found_out() {
    let place = Place::new().await;
    let calm = place.calm().await;
    let faults = Faults::none();
    let scope = open(place.engine(&faults).deadline(Duration::from_millis(200))).await;
    for (log, fault) in [
        (1, Fault::LoseAnswer(Loss::Reset)),
        (2, Fault::HangAfterApplying),
        (3, Fault::LoseRequest(Loss::Reset)),
        (4, Fault::internal_error(false)),
    ] {
        scope.stream(Event::stream(log)).append(&mut Event::new(log, "first")).await.unwrap();
        faults.set(rules::every("TransactWriteItems", fault));
        let mut tasks = JoinSet::new();
        for n in 0..5_u32 {
            let scope = scope.clone();
            tasks.spawn(async move {
                let mut event = Event::new(log, n.to_string());
                let told = scope.stream(Event::stream(log)).append(&mut event).await;
                assert_eq!(event.number, 0, "the struct stays as it is");
                (n, told.expect_err("the answer is lost"))
            });
        }
        let lost = tasks.join_all().await;
        faults.clear();
        let (mut found, mut unresolved) = (HashSet::new(), 0);
        for (n, error) in lost {
            match error.kind() {
                // It was in a group that could not read the head any more.
                ErrorKind::Unavailable | ErrorKind::Contended => {}
                ErrorKind::UnknownOutcome => match error.reconcile_transaction().await {
                    Ok(()) => drop(found.insert(n.to_string())),
                    Err(error) if error.kind() == ErrorKind::UnknownOutcome => unresolved += 1,
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::ConditionFailed, "{log} {n}: {error}");
                    }
                },
                kind => panic!("{log} {n}: {kind}: {error}"),
            }
        }
        let events = calm.stream(Event::stream(log)).read_from(1).await.unwrap();
        let numbers: Vec<u64> = events.iter().map(|event| event.number).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
        let stored: HashSet<String> = events.into_iter().skip(1).map(|event| event.text).collect();
        assert!(found.is_subset(&stored), "{log}: what is told to be there is there");
        assert!(stored.len() <= found.len() + unresolved, "{log}: nothing else is there");
        assert!(!found.is_empty());
        // The stream goes on behind them.
        let next = scope.stream(Event::stream(log)).append(&mut Event::new(log, "next")).await;
        assert_eq!(next.unwrap(), numbers.len() as u64 + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_given_once_and_grow() {
    for (seed, requests_too) in [(0x5E0, false), (0x5E1, true)] {
        let place = Place::new().await;
        let calm = place.calm().await;
        let (handles, networks) = handles(&place, seed, requests_too).await;
        let each = place.many(160) / TASKS;
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let scope = handles[task as usize % 2].clone();
            tasks.spawn(async move {
                let mut log: Vec<(String, u64)> = Vec::new();
                let mut unknown: Vec<String> = Vec::new();
                for n in 0..each {
                    let mark = |at: usize| format!("{task}.{n}.{at}");
                    let count = if n % 4 == 0 { 3 } else { 1 };
                    let mut tickets: Vec<_> =
                        (0..count).map(|at| Ticket::new(1, mark(at))).collect();
                    let told = scope.insert_all(&mut tickets).await.expect("numbers are given");
                    for (told, mut ticket) in told.into_iter().zip(tickets) {
                        let told = match told {
                            Err(error) if error.kind() == ErrorKind::UnknownOutcome => {
                                error.reconcile(&mut ticket).await
                            }
                            told => told,
                        };
                        match told {
                            Ok(()) => log.push((ticket.mark, ticket.number)),
                            Err(error) if error.kind() == ErrorKind::UnknownOutcome => {
                                unknown.push(ticket.mark);
                            }
                            Err(error) => panic!("seed {seed:#x}: {}: {error}", ticket.mark),
                        }
                    }
                }
                assert!(log.is_sorted_by_key(|(_, number)| *number), "seed {seed:#x}: they grow");
                (log, unknown)
            });
        }
        let (told, unknown): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().unzip();
        let sent: usize = networks.iter().map(|faults| faults.take().len()).sum();
        let stored = calm.query(Ticket::partition(1)).all().await.unwrap();
        let stored: HashMap<String, u64> =
            stored.into_iter().map(|ticket| (ticket.mark, ticket.number)).collect();
        let mut numbers = HashSet::new();
        for (mark, number) in told.iter().flatten() {
            assert!(numbers.insert(number), "seed {seed:#x}: {number} was given twice");
            assert_eq!(stored.get(mark), Some(number), "seed {seed:#x}: {mark}");
        }
        let unknown: HashSet<&String> = unknown.iter().flatten().collect();
        assert!(stored.keys().all(|mark| unknown.contains(mark) || {
            told.iter().flatten().any(|(told, _)| told == mark)
        }));
        println!(
            "numbers, 20 % lost (requests too: {requests_too}): {} given in {sent} requests, the last \
             {}, {} unknown, 0 false",
            numbers.len(),
            stored.values().max().copied().unwrap_or_default(),
            unknown.len(),
        );
        assert!(requests_too || unknown.is_empty(), "every answer could be told");
    }
}
