//! Random records with a field of every type, those of other crates included, read back from each
//! backend as they were written, in the same order.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use keyloom::{KeyPart, OfTenant, Record, Revision, Scope, Table, Timestamp};
use keyloom_conformance::{Database, block_on};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use ulid::Ulid;
use uuid::Uuid;

use super::InLostFile;
use crate::conformance::InMemory;

#[derive(KeyPart, Clone, Debug, PartialEq)]
struct Account(String);

#[derive(KeyPart, Clone, Copy, Debug, PartialEq, PartialOrd)]
#[key_part(rename_all = "SCREAMING-KEBAB-CASE")]
enum Level {
    LowLevel,
    HighLevel,
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Nested {
    name: String,
    number: i64,
    float: f64,
    single: f32,
    inside: Option<Box<Nested>>,
    map: BTreeMap<i32, Choice>,
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
enum Choice {
    Unit,
    New(String),
    Pair(f64, bool),
    Named { letter: char, list: Vec<u8> },
}

#[derive(Record, Clone, Debug, PartialEq)]
#[record(
    partition = "samples#{uuid}",
    sort = "{ulid}#{chrono_day}#{jiff_at}#{number}",
    index(by_time, partition = "times", sort = "{time_at}#{time_day}"),
    index(by_wide, partition = "wide#{flag}", sort = "{wide}#{text}"),
    index(by_bytes, partition = "bytes#{level}", sort = "{bytes}#{signed}"),
    index(by_stamp, partition = "stamps", sort = "{chrono_at}#{jiff_day}")
)]
struct Sample {
    #[record(tenant)]
    account: Account,
    uuid: Uuid,
    ulid: Ulid,
    chrono_day: chrono::NaiveDate,
    chrono_at: Option<DateTime<chrono::Utc>>,
    jiff_day: jiff::civil::Date,
    jiff_at: jiff::Timestamp,
    time_day: Option<time::Date>,
    time_at: OffsetDateTime,
    moment: Option<Timestamp>,
    number: i64,
    small: u8,
    signed: i16,
    wide: i128,
    wider: Option<u128>,
    flag: bool,
    level: Level,
    text: String,
    maybe: Option<String>,
    bytes: Vec<u8>,
    real: f64,
    single: Option<f32>,
    list: Vec<String>,
    floats: Vec<f64>,
    set: BTreeSet<String>,
    map: BTreeMap<String, Vec<Option<i64>>>,
    nested: Option<Nested>,
    choices: Vec<Choice>,
    #[expect(clippy::option_option, reason = "`Some(None)` is a value of its own")]
    twice: Option<Option<bool>>,
    #[record(revision)]
    revision: Revision,
}

#[derive(Table)]
#[table(name = "samples", tenant = Account, records(Sample))]
struct Samples;

/// Floats that every engine holds; there is one zero.
fn real() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NORMAL, ZERO};
    prop_oneof![8 => NORMAL, 1 => ZERO, 1 => (-1000_i32..1000).prop_map(|tenths| f64::from(tenths) / 10.0)]
        .prop_map(|real| if real == 0.0 { 0.0 } else { real })
        .prop_filter("a number that every engine holds", |real| {
            *real == 0.0 || (1e-130..=9.9e125).contains(&real.abs())
        })
}

fn single() -> impl Strategy<Value = f32> {
    use proptest::num::f32::{NORMAL, SUBNORMAL, ZERO};
    (NORMAL | SUBNORMAL | ZERO).prop_map(|single| if single == 0.0 { 0.0 } else { single })
}

/// Any text; the expression leaves out nothing, line ends and NUL included.
fn text() -> impl Strategy<Value = String> {
    "(?s).{0,8}"
}

fn micros() -> impl Strategy<Value = i64> {
    // `from_microsecond` of jiff does not reach into jiff's last second, which is the earliest end.
    let (start, end) = (Timestamp::MIN.as_micros(), jiff::Timestamp::MAX.as_second() * 1_000_000);
    prop_oneof![3 => start..=end, 1 => -3_i64..3, 1 => Just(start), 1 => Just(end)]
}

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![
        Just(Choice::Unit),
        text().prop_map(Choice::New),
        (real(), any::<bool>()).prop_map(|(real, flag)| Choice::Pair(real, flag)),
        (any::<char>(), vec(any::<u8>(), 0..4))
            .prop_map(|(letter, list)| Choice::Named { letter, list }),
    ]
}

fn nested() -> impl Strategy<Value = Nested> {
    let leaf = (text(), any::<i64>(), real(), single(), btree_map(any::<i32>(), choice(), 0..3))
        .prop_map(|(name, number, float, single, map)| Nested {
            name,
            number,
            float,
            single,
            inside: None,
            map,
        });
    (vec(leaf, 1..4)).prop_map(|levels| {
        let mut levels = levels.into_iter();
        let first = levels.next().expect("at least one level");
        levels.fold(first, |inside, level| Nested { inside: Some(Box::new(inside)), ..level })
    })
}

prop_compose! {
    fn times()(micros in [micros(), micros(), micros(), micros(), micros(), micros(), micros()])
        -> (chrono::NaiveDate, DateTime<chrono::Utc>, jiff::civil::Date, jiff::Timestamp, time::Date, OffsetDateTime, Timestamp)
    {
        let at = |micros: i64| DateTime::from_timestamp_micros(micros).expect("a moment of these years");
        let instant = |micros: i64| {
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
                .expect("a moment of these years")
        };
        let jiff = |micros| jiff::Timestamp::from_microsecond(micros).expect("a moment of these years");
        (
            at(micros[0]).date_naive(),
            at(micros[1]),
            jiff(micros[2]).to_zoned(jiff::tz::TimeZone::UTC).date(),
            jiff(micros[3]),
            instant(micros[4]).date(),
            instant(micros[5]),
            Timestamp::from_micros(micros[6]).expect("a moment of these years"),
        )
    }
}

prop_compose! {
    fn numbers()(
        number in any::<i64>(),
        small in any::<u8>(),
        signed in any::<i16>(),
        wide in prop_oneof![any::<i128>(), -3_i128..3],
        wider in option::of(any::<u128>()),
        real in real(),
        single in option::of(single()),
        floats in vec(real(), 0..5),
    ) -> (i64, u8, i16, i128, Option<u128>, f64, Option<f32>, Vec<f64>) {
        (number, small, signed, wide, wider, real, single, floats)
    }
}

prop_compose! {
    fn sample()(
        (uuid, ulid) in (0_u128..3, any::<u128>()),
        (chrono_day, chrono_at, jiff_day, jiff_at, time_day, time_at, moment) in times(),
        (number, small, signed, wide, wider, real, single, floats) in numbers(),
        absent in any::<[bool; 3]>(),
        (flag, level) in (any::<bool>(), prop_oneof![Just(Level::LowLevel), Just(Level::HighLevel)]),
        (text, maybe) in (text(), option::of(text())),
        bytes in vec(any::<u8>(), 0..6),
        list in vec(text(), 0..4),
        set in btree_set(text(), 0..4),
        map in btree_map("(?s).{1,4}", vec(option::of(any::<i64>()), 0..3), 0..3),
        nested in option::of(nested()),
        choices in vec(choice(), 0..4),
        twice in option::of(option::of(any::<bool>())),
    ) -> Sample {
        Sample {
            account: Account::from("a#🦀"),
            uuid: Uuid::from_u128(uuid),
            ulid: Ulid::from(ulid),
            chrono_day,
            chrono_at: absent[0].then_some(chrono_at),
            jiff_day,
            jiff_at,
            time_day: absent[1].then_some(time_day),
            time_at,
            moment: absent[2].then_some(moment),
            number, small, signed, wide, wider, flag, level, text, maybe, bytes, real, single, list,
            floats, set, map, nested, choices, twice,
            revision: Revision::ZERO,
        }
    }
}

type Owned = Scope<Samples, OfTenant<Account>>;

/// Stores the samples, reads each back, and tells the order of every path.
async fn round_trip(scope: &Owned, samples: &[Sample]) -> Result<Vec<Vec<Sample>>, TestCaseError> {
    let fail = |error: keyloom::Error| TestCaseError::fail(error.to_string());
    let mut stored = samples.to_vec();
    for outcome in scope.save_all(&mut stored).await.map_err(fail)? {
        outcome.map_err(fail)?;
    }
    for sample in &stored {
        let key = || {
            let Sample { uuid, ulid, chrono_day, jiff_at, number, .. } = sample;
            Sample::key(uuid, ulid, chrono_day, jiff_at, number)
        };
        let read = scope.get(key()).await.map_err(fail)?;
        prop_assert_eq!(read.as_ref(), Some(sample));
        let read = scope.get_many([key(), key()]).await.map_err(fail)?;
        prop_assert_eq!(read[1].as_ref(), Some(sample));
    }
    let mut paths = Vec::new();
    for uuid in 0..3 {
        let query = scope.query(Sample::partition(Uuid::from_u128(uuid)));
        let found = query.all().await.map_err(fail)?;
        let sorted = found.is_sorted_by_key(|sample| {
            (sample.ulid, sample.chrono_day, sample.jiff_at, sample.number)
        });
        prop_assert!(sorted, "the records of {uuid} are in another order than their keys");
        paths.push(found);
    }
    let found = scope.query(Sample::by_time()).all().await.map_err(fail)?;
    prop_assert!(found.is_sorted_by_key(|sample| (sample.time_at, sample.time_day)));
    paths.push(found);
    for flag in [false, true] {
        let found = scope.query(Sample::by_wide(flag)).all().await.map_err(fail)?;
        prop_assert!(found.is_sorted_by(|a, b| (a.wide, &a.text) <= (b.wide, &b.text)));
        paths.push(found);
    }
    for level in [Level::LowLevel, Level::HighLevel] {
        let found = scope.query(Sample::by_bytes(level)).all().await.map_err(fail)?;
        prop_assert!(found.is_sorted_by(|a, b| (&a.bytes, a.signed) <= (&b.bytes, b.signed)));
        paths.push(found);
    }
    let found = scope.query(Sample::by_stamp()).newest_first().all().await.map_err(fail)?;
    prop_assert!(found.is_sorted_by(|a, b| (a.chrono_at, a.jiff_day) >= (b.chrono_at, b.jiff_day)));
    paths.push(found);
    Ok(paths)
}

/// Writes and reads so many lists of samples in memory and on another engine.
fn records_read_back(samples: u32, other: &dyn Database) {
    let tenant = Account::from("a#🦀");
    let other = block_on(async { Samples::open(other.engine()).await }).unwrap();
    let other = other.tenant(&tenant);
    let mut runner = TestRunner::new(super::cases(samples));
    let outcome = runner.run(&vec(sample(), 1..8), |samples| {
        block_on(async {
            let memory = Samples::open(InMemory::new().engine()).await.unwrap().tenant(&tenant);
            let on_memory = round_trip(&memory, &samples).await;
            let on_other = round_trip(&other, &samples).await;
            for uuid in 0..3 {
                for sample in
                    other.query(Sample::partition(Uuid::from_u128(uuid))).all().await.unwrap()
                {
                    other.delete(&sample).await.unwrap();
                }
            }
            prop_assert_eq!(on_memory?, on_other?);
            Ok(())
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn records_read_back_from_memory_and_sqlite() {
    records_read_back(600, &InLostFile::new());
}
