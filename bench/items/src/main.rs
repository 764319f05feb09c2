//! Records to items and back: `bench-items ROUNDS SECONDS RESULTS`.
//!
//! The libraries take turns within each round, so that the two sides of a ratio are measured within a
//! moment of each other.

mod hand;
mod records;

use std::collections::HashMap;
use std::env;
use std::fmt::Debug;
use std::fs::File;
use std::hint::black_box;
use std::io::Write as _;
use std::marker::PhantomData;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use bench_core::{Cost, Result, Stopwatch, duration, median};
use keyloom::Record;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::records::{Message, Order, plain};

type Item = HashMap<String, AttributeValue>;

/// How many different records take their turns.
const RECORDS: u32 = 1000;

/// A library at work on one record. It panics where it fails, for then nothing is measured.
trait Convert {
    type Record: Clone + PartialEq + Debug;

    fn to_item(record: &Self::Record) -> Item;
    fn from_item(item: Item) -> Self::Record;
}

struct Keyloom<R>(PhantomData<R>);

impl<R: Record + Clone + PartialEq + Debug> Convert for Keyloom<R> {
    type Record = R;

    fn to_item(record: &R) -> Item {
        keyloom::dynamodb::to_item(record).expect("an item")
    }

    fn from_item(item: Item) -> R {
        keyloom::dynamodb::from_item(item).expect("a record")
    }
}

struct SerdeDynamo<R>(PhantomData<R>);

impl<R: Serialize + DeserializeOwned + Clone + PartialEq + Debug> Convert for SerdeDynamo<R> {
    type Record = R;

    fn to_item(record: &R) -> Item {
        serde_dynamo::to_item(record).expect("an item")
    }

    fn from_item(item: Item) -> R {
        serde_dynamo::from_item(item).expect("a record")
    }
}

/// The library that the others are compared with, and the others.
const LIBRARIES: [&str; 3] = ["serde_dynamo", "keyloom", "hand-written"];

/// One conversion by each of [`LIBRARIES`], each of which measures itself for a given time.
struct Work {
    title: &'static str,
    libraries: [Box<dyn Fn(Duration) -> Cost>; 3],
}

/// The work in both directions, once it is sure that all of them do the same.
fn works<R, P, H>(titles: [&'static str; 2], plain: Vec<P>) -> Result<[Work; 2]>
where
    R: Record + TryFrom<P, Error = bench_core::Error> + Clone + PartialEq + Debug,
    P: Serialize + DeserializeOwned + Clone + PartialEq + Debug + 'static,
    H: Convert<Record = P> + 'static,
{
    let records = plain.iter().cloned().map(R::try_from).collect::<Result<Vec<R>>>()?;
    let items: Vec<Item> = plain.iter().map(H::to_item).collect();
    check::<Keyloom<R>>(&records, &items);
    check::<SerdeDynamo<P>>(&plain, &items);
    check::<H>(&plain, &items);
    Ok([
        Work {
            title: titles[0],
            libraries: [
                writing::<SerdeDynamo<P>>(plain.clone()),
                writing::<Keyloom<R>>(records),
                writing::<H>(plain),
            ],
        },
        Work {
            title: titles[1],
            libraries: [
                reading::<SerdeDynamo<P>>(items.clone()),
                reading::<Keyloom<R>>(items.clone()),
                reading::<H>(items),
            ],
        },
    ])
}

/// Compares attribute by attribute and field by field.
fn check<C: Convert>(records: &[C::Record], items: &[Item]) {
    for (record, item) in records.iter().zip(items) {
        assert_eq!(&C::to_item(record), item);
        assert_eq!(&C::from_item(item.clone()), record);
    }
}

fn writing<C: Convert>(records: Vec<C::Record>) -> Box<dyn Fn(Duration) -> Cost>
where
    C::Record: 'static,
{
    Box::new(move |time| {
        measure(time, || &records, |record| drop(black_box(C::to_item(black_box(record)))))
    })
}

fn reading<C: Convert>(items: Vec<Item>) -> Box<dyn Fn(Duration) -> Cost> {
    // The copies that are consumed are made outside the clock.
    Box::new(move |time| {
        measure(time, || items.clone(), |item| drop(black_box(C::from_item(item))))
    })
}

/// What each call costs; after one pass that does not count, as many as fit the time.
fn measure<I: IntoIterator>(
    time: Duration,
    input: impl Fn() -> I,
    mut convert: impl FnMut(I::Item),
) -> Cost {
    input().into_iter().for_each(&mut convert);
    let (mut total, mut passes, mut measured) = (Cost::default(), 0.0, Duration::ZERO);
    while measured < time {
        let input = input();
        let watch = Stopwatch::start();
        input.into_iter().for_each(&mut convert);
        let cost = watch.cost(u64::from(RECORDS));
        measured += watch.elapsed();
        total.wall += cost.wall;
        total.cpu += cost.cpu;
        passes += 1.0;
    }
    Cost { wall: total.wall / passes, cpu: total.cpu / passes, memory: 0.0 }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [rounds, seconds, results] = &arguments[..] else {
        return Err("usage: ROUNDS SECONDS RESULTS".into());
    };
    let time = Duration::from_secs_f64(seconds.parse()?);
    let flat = works::<Message, plain::Message, hand::Message>(
        ["record → item, flat", "item → record, flat"],
        records::messages(RECORDS as usize),
    )?;
    let nested = works::<Order, plain::Order, hand::Order>(
        ["record → item, nested", "item → record, nested"],
        records::orders(RECORDS),
    )?;

    let mut file = File::create(results)?;
    println!("| speed, wall / CPU | {} |", LIBRARIES.join(" | "));
    println!("|---|---|---|---|");
    for work in flat.iter().chain(&nested) {
        let mut costs: [Vec<Cost>; 3] = Default::default();
        for round in 0..rounds.parse()? {
            // Nobody is always the one behind a slow neighbour.
            for turn in 0..LIBRARIES.len() {
                let at = (round + turn) % LIBRARIES.len();
                let cost = work.libraries[at](time);
                let (library, Cost { wall, cpu, .. }) = (LIBRARIES[at], cost);
                writeln!(file, "{round}\t{library}\t{}\t{wall:.1}\t{cpu:.1}", work.title)?;
                costs[at].push(cost);
            }
        }
        println!("| {} |{}", work.title, row(&costs));
    }
    Ok(())
}

/// The time of the first library, and how many times its speed the others have.
fn row(costs: &[Vec<Cost>; 3]) -> String {
    let [base, others @ ..] = costs;
    let time = |of: fn(&Cost) -> f64| duration(median(base.iter().map(of).collect()));
    let mut row = format!(" {} / {} |", time(|cost| cost.wall), time(|cost| cost.cpu));
    for other in others {
        let speed = |of: fn(&Cost) -> f64| {
            let ratios = base.iter().zip(other).map(|(base, other)| of(base) / of(other));
            median(ratios.collect()).unwrap_or(f64::NAN)
        };
        row += &format!(" {:.2}× / {:.2}× |", speed(|cost| cost.wall), speed(|cost| cost.cpu));
    }
    row
}
