//! Every kind of key part, in the primary key and in an index: order, ranges, equality.

use std::ops::Bound;

use keyloom::{ErrorKind, Timestamp};

use crate::Database;
use crate::check::{ok, refused};
use crate::domain::desk::Status;
use crate::domain::kinds::{
    Grid, Keyed, Kinds, Name, OfBool, OfBytes, OfGrid, OfI8, OfI16, OfI32, OfI64, OfI128, OfName,
    OfSize, OfStatus, OfText, OfTime, OfU8, OfU16, OfU32, OfU64, OfU128, Size,
};
use crate::domain::{acme, open};
use crate::ways::{assert_answers, assert_query};

/// Runs one kind through gets, ranges on both paths and a delete. The values come in key order.
macro_rules! assert_kind {
    ($db:expr, $record:ident, $values:expr) => {{
        let db: &dyn Database = $db;
        let kinds = open::<Kinds>(db).await.tenant(&acme());
        let values = $values;
        // The index holds the same values the other way round, and each twice; one record is not in
        // it, because its field is absent.
        let mut all: Vec<$record> = values
            .iter()
            .zip(values.iter().rev())
            .map(|(key, other)| $record::with(key, Some(other)))
            .collect();
        if let Some(first) = all.first_mut() {
            first.other = None;
        }
        for record in all.iter().skip(1).step_by(2).chain(all.iter().step_by(2)) {
            ok(kinds.insert(&mut record.clone()).await);
        }
        assert_query(db, &all, || kinds.query($record::partition())).await;
        let indexed: Vec<$record> = all.iter().skip(1).rev().cloned().collect();
        assert_query(db, &indexed, || kinds.query($record::by_other())).await;
        assert_query(db, &all[..1], || {
            kinds.query($record::partition()).filter($record::OTHER.is_absent())
        })
        .await;
        assert_query(db, &[], || {
            kinds.query($record::partition()).filter($record::ACCOUNT.ne(acme()))
        })
        .await;
        for (at, value) in values.iter().enumerate() {
            let filtered = || kinds.query($record::partition()).filter($record::KEY.gt(value));
            assert_eq!(ok(filtered().all().await), all[at + 1..]);
            assert_eq!(ok(kinds.get($record::key(value)).await).as_ref(), Some(&all[at]));
            let found = ok(kinds.query($record::partition().key(value)).all().await);
            assert_eq!(found, all[at..=at]);
            for (bounds, expected) in [
                ((Bound::Included(value), Bound::Unbounded), &all[at..]),
                ((Bound::Excluded(value), Bound::Unbounded), &all[at + 1..]),
                ((Bound::Unbounded, Bound::Included(value)), &all[..=at]),
                ((Bound::Unbounded, Bound::Excluded(value)), &all[..at]),
            ] {
                let found = ok(kinds.query($record::partition().key(bounds)).all().await);
                assert_eq!(found, *expected, "{bounds:?}");
            }
            let from = at.min(indexed.len());
            let upto = (at + 1).min(indexed.len());
            assert_answers(db, &indexed[from..upto], || {
                kinds.query($record::by_other().other(value))
            })
            .await;
            assert_answers(db, &indexed[from..], || {
                kinds.query($record::by_other().other(value..))
            })
            .await;
            assert_answers(db, &indexed[..upto], || {
                kinds.query($record::by_other().other(..=value))
            })
            .await;
        }
        for value in &values {
            assert!(ok(kinds.delete($record::key(value)).await));
        }
        assert_query(db, &[], || kinds.query($record::by_other())).await;
        assert_query(db, &[], || kinds.query($record::partition())).await;
    }};
}

/// Unsigned integers order as numbers.
pub(crate) async fn unsigned_keys(db: &dyn Database) {
    assert_kind!(db, OfU8, [0, 1, 9, 10, 99, 100, u8::MAX]);
    assert_kind!(db, OfU16, [0, 1, 2, 10, 255, 256, 10_000, u16::MAX]);
    assert_kind!(db, OfU32, [0, 1, 2, 10, 65_536, 1_000_000_000, u32::MAX]);
    let most = u64::try_from(i64::MAX).unwrap_or_default();
    assert_kind!(db, OfU64, [0, 1, 2, 10, 1 << 32, 1 << 62, most - 1, most]);
    let values = [0, 1, 2, 10, 1 << 63, (1 << 64) - 1, 1 << 64, 1 << 100, u128::MAX - 1, u128::MAX];
    assert_kind!(db, OfU128, values);
}

/// Signed integers order as numbers, the negative ones first.
pub(crate) async fn signed_keys(db: &dyn Database) {
    assert_kind!(db, OfI8, [i8::MIN, -127, -10, -9, -1, 0, 1, 9, 10, i8::MAX]);
    assert_kind!(db, OfI16, [i16::MIN, -100, -99, -1, 0, 1, 100, i16::MAX]);
    assert_kind!(db, OfI32, [i32::MIN, -100, -99, -1, 0, 1, 100, i32::MAX]);
    assert_kind!(db, OfI64, [i64::MIN, i64::MIN + 1, -10, -1, 0, 1, 10, i64::MAX - 1, i64::MAX]);
    let low = i128::from(i64::MIN);
    assert_kind!(db, OfI128, [i128::MIN, low - 1, low, -10, -9, 0, 9, 10, 1 << 64, i128::MAX]);
}

/// Text and bytes order byte by byte; text may be of any characters.
pub(crate) async fn text_and_byte_keys(db: &dyn Database) {
    let mut texts: Vec<String> = [
        "\0",
        "\0\0",
        "\u{1}",
        " ",
        " a",
        "!",
        "\"",
        "#",
        "#a",
        "$",
        "%",
        "%25",
        "&",
        "/",
        "0",
        "A",
        "B",
        "_",
        "a",
        "a\0",
        "a b",
        "a#",
        "a#b",
        "a/b",
        "aa",
        "b",
        "~",
        "\u{7f}",
        "ä",
        "äa",
        "中",
        "\u{d7ff}",
        "\u{e000}",
        "🦀",
        "\u{10ffff}",
    ]
    .map(str::to_owned)
    .into();
    texts.sort();
    assert_kind!(db, OfText, texts.clone());
    let names: Vec<Name> = texts.into_iter().map(Name::from).collect();
    assert_kind!(db, OfName, names);
    let bytes: Vec<Vec<u8>> =
        vec![vec![0], vec![0, 0], vec![0, 1], vec![1], vec![0x7F], vec![0x80, 0], vec![0xFF; 2]];
    assert_kind!(db, OfBytes, bytes);
}

/// Booleans, times, tags, and types with a text of their own; the last two order by their text.
pub(crate) async fn other_keys(db: &dyn Database) {
    assert_kind!(db, OfBool, [false, true]);
    let times: Vec<Timestamp> =
        [i64::MIN, -1_000_001, -1, 0, 1, 1_772_366_400_000_000, 1_772_366_400_000_001, i64::MAX]
            .map(|micros| {
                Timestamp::from_micros(micros).unwrap_or(if micros < 0 {
                    Timestamp::MIN
                } else {
                    Timestamp::MAX
                })
            })
            .into();
    assert_kind!(db, OfTime, times);
    assert_kind!(db, OfStatus, [Status::Closed, Status::Open, Status::Waiting]);
    assert_kind!(db, OfSize, [Size::ExtraLarge, Size::Large, Size::Small]);
    let grid = |columns, rows| Grid { columns, rows };
    assert_kind!(db, OfGrid, [grid(10, 2), grid(1, 12), grid(2, 1)]);
}

/// A `u64` above `i64::MAX` is refused in a key, a range and a record alike.
pub(crate) async fn a_large_key_is_refused(db: &dyn Database) {
    let kinds = open::<Kinds>(db).await.tenant(&acme());
    let large = u64::MAX;
    let error = refused(kinds.get(OfU64::key(large)).await, ErrorKind::InvalidKey);
    assert_eq!((error.record(), error.field()), (Some("OfU64"), Some("key")));
    refused(kinds.get_many([OfU64::key(1), OfU64::key(large)]).await, ErrorKind::InvalidKey);
    refused(kinds.delete(OfU64::key(large)).await, ErrorKind::InvalidKey);
    refused(kinds.query(OfU64::partition().key(large)).all().await, ErrorKind::InvalidKey);
    refused(kinds.query(OfU64::partition().key(..large)).all().await, ErrorKind::InvalidKey);
    refused(kinds.query(OfU64::by_other().other(large)).count().await, ErrorKind::InvalidKey);
    let mut record = OfU64::with(&large, None);
    assert!(kinds.insert(&mut record).await.is_err());
    record = OfU64::with(&1, Some(&large));
    let error = kinds.insert(&mut record).await.expect_err("the number is too large");
    assert_eq!(error.field(), Some("other"));
    assert_eq!(ok(kinds.query(OfU64::partition()).count().await), 0);
}
