//! Every field type reads back as it was written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use keyloom::Timestamp;

use crate::Database;
use crate::check::{Tenant, ok};
use crate::domain::desk::Status;
use crate::domain::everything::{
    Cents, Choice, Everything, Label, Shape, Silent, Tag, Warehouse, fallback,
};
use crate::domain::{acme, open};

/// Stores the record in one place and reads it back by every kind of read.
async fn assert_reads_back(warehouse: &Tenant<Warehouse>, mut record: Everything) {
    ok(warehouse.delete(Everything::key(record.id)).await);
    ok(warehouse.insert(&mut record).await);
    let id = record.id;
    let key = || Everything::key(id);
    assert_eq!(ok(warehouse.get(key()).await), Some(record.clone()));
    ok(warehouse.save(&mut record).await);
    assert_eq!(ok(warehouse.get(key()).await), Some(record.clone()));
    let found = ok(warehouse.get_many([key(), key()]).await);
    assert_eq!(found, [Some(record.clone()), Some(record.clone())]);
    let found = ok(warehouse.query(Everything::partition().id(id)).all().await);
    assert_eq!(found, [record]);
}

/// Sets of text, numbers, bytes and tags, large, small and empty; a set of anything else is a list.
pub(crate) async fn sets_read_back(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let full = Everything {
        words: ["", "b", "a", "ä#%", "🦀"].map(String::from).into(),
        primes: [i64::MIN, -1, 0, 2, 10, i64::MAX].into(),
        hashes: [vec![], vec![0], vec![255, 0], b"text".to_vec()].into(),
        tags: [Tag::Zebra, Tag::Ant].into(),
        pairs: [(1, "a".to_owned()), (0, "b".to_owned())].into(),
        ..Everything::new(1)
    };
    assert_reads_back(&warehouse, full.clone()).await;
    let one = Everything {
        words: [String::new()].into(),
        primes: [7].into(),
        hashes: [vec![]].into(),
        tags: [Tag::Ant].into(),
        ..Everything::new(2)
    };
    assert_reads_back(&warehouse, one).await;

    let mut emptied = full;
    ok(warehouse.delete(Everything::key(1)).await);
    ok(warehouse.insert(&mut emptied).await);
    emptied.words.clear();
    emptied.primes.clear();
    emptied.hashes.clear();
    emptied.tags.clear();
    emptied.pairs.clear();
    ok(warehouse.save(&mut emptied).await);
    assert_eq!(ok(warehouse.get(Everything::key(1)).await), Some(emptied));
}

/// Floats without a fraction inside nested values, where the type may take an integer instead: the
/// value is the same on every engine.
pub(crate) async fn nested_numbers_read_back(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let record = Everything {
        grid: vec![vec![0.0, 1.0, -3.0, 0.1, 1e-7, 123_456_789.125, 9.5e120, -1.5e-120, 1e20]],
        singles: [1.0, 0.1, -2.5e-30],
        by_number: [(0, vec![Choice::One(5)]), (u32::MAX, vec![])].into(),
        ..Everything::new(3)
    };
    assert_reads_back(&warehouse, record).await;
}

/// A record of defaults alone: zeros, empty text, bytes and lists, no option set.
pub(crate) async fn defaults_read_back(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    assert_reads_back(&warehouse, Everything::new(0)).await;
}

/// The least and the greatest integer of each width.
pub(crate) async fn integers_read_back(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let least = Everything {
        tiny: i8::MIN,
        short: i16::MIN,
        middle: i32::MIN,
        long: i64::MIN,
        endless: i128::MIN,
        maybe_number: Some(i64::MIN),
        maybe_wide: Some(0),
        price: Cents::MIN,
        numbers: vec![i64::MIN, -1, 0, 1, i64::MAX],
        ..Everything::new(1)
    };
    assert_reads_back(&warehouse, least).await;
    let greatest = Everything {
        tiny: i8::MAX,
        short: i16::MAX,
        middle: i32::MAX,
        long: i64::MAX,
        endless: i128::MAX,
        byte: u8::MAX,
        word: u16::MAX,
        double: u32::MAX,
        quad: u64::try_from(i64::MAX).unwrap_or_default(),
        wide: u128::MAX,
        maybe_number: Some(i64::MAX),
        maybe_wide: Some(u128::MAX),
        shape: Shape { big: u64::try_from(i64::MAX).unwrap_or_default(), ..Shape::default() },
        ..Everything::new(u32::MAX)
    };
    assert_reads_back(&warehouse, greatest).await;
    for endless in [-1, 1, i128::from(i64::MIN) - 1, i128::from(i64::MAX) + 1] {
        assert_reads_back(&warehouse, Everything { endless, ..Everything::new(2) }).await;
    }
}

/// Floats keep every bit, except that there is one zero.
pub(crate) async fn floats_read_back(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let reals = [
        0.1,
        -0.1,
        1.0,
        -1e100,
        1e-130,
        9.9e125,
        -9.9e125,
        std::f64::consts::PI,
        2.0_f64.powi(53) + 2.0,
        0.1 + 0.2,
        1.234_567_890_123_456_7e-100,
        7.445_029_018_659_498e27,
        5.174_583_013_252_617e-12,
        123_456_789.123_456_79,
    ];
    for real in reals {
        let record = Everything {
            real,
            maybe_real: Some(-real),
            grid: vec![vec![real, -real], vec![], vec![0.0]],
            ..Everything::new(1)
        };
        assert_reads_back(&warehouse, record).await;
    }
    for single in [0.1_f32, -0.1, 1e-38, f32::MAX, f32::MIN, f32::MIN_POSITIVE, 1e-45] {
        let record = Everything {
            single,
            maybe_single: Some(single),
            singles: [single, -single, 0.0],
            ..Everything::new(2)
        };
        assert_reads_back(&warehouse, record).await;
    }
}

/// `-0.0` is stored as `0.0`, at the top as in a nested value.
pub(crate) async fn negative_zero_becomes_zero(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let mut record = Everything {
        single: -0.0,
        real: -0.0,
        maybe_single: Some(-0.0),
        maybe_real: Some(-0.0),
        grid: vec![vec![-0.0]],
        singles: [-0.0; 3],
        shape: Shape { weight: Some(-0.0), ..Shape::default() },
        ..Everything::new(1)
    };
    ok(warehouse.insert(&mut record).await);
    let read = ok(warehouse.get(Everything::key(1)).await).expect("the record is stored");
    assert!(read.single.is_sign_positive());
    assert!(read.real.is_sign_positive());
    assert!(read.maybe_single.expect("a number").is_sign_positive());
    assert!(read.maybe_real.expect("a number").is_sign_positive());
    assert!(read.grid[0][0].is_sign_positive());
    assert!(read.singles.iter().all(|single| single.is_sign_positive()));
    assert!(read.shape.weight.expect("a number").is_sign_positive());
}

/// Text of any characters: controls, NUL, quotes, emoji, the last code point, the empty text.
pub(crate) async fn text_reads_back(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let texts = [
        "",
        " ",
        "\0",
        "a\0b",
        "\0\0",
        "\u{1}\u{1f}\u{7f}\u{80}\u{9f}",
        "line\r\nline\ttab",
        "\"quoted\" 'single' `back` \\slash/",
        "Zoë, 東京, 🦀👩‍👩‍👧, e\u{301}",
        "\u{d7ff}\u{e000}\u{fffd}\u{ffff}\u{10ffff}",
        "\u{feff}bom\u{202e}left",
        "NULL",
        "null",
        "0",
        "x'00'",
        "%23#%$",
        "--; DROP TABLE Everything",
    ];
    for text in texts {
        let own = || text.to_owned();
        let record = Everything {
            text: own(),
            maybe_text: Some(own()),
            label: Label::from(text),
            maybe_label: Some(Label::from(text)),
            list: vec![own(), own()],
            pair: (0, own()),
            words: BTreeSet::from([own()]),
            shape: Shape { name: own(), ..Shape::default() },
            r#type: own(),
            renamed_to_something_shorter: own(),
            defaulted: own(),
            ..Everything::new(1)
        };
        assert_reads_back(&warehouse, record).await;
    }
    for letter in ['\0', '"', '\u{d7ff}', '🦀', char::MAX] {
        let record = Everything { letter: Some(letter), ..Everything::new(1) };
        assert_reads_back(&warehouse, record).await;
    }
    let long = Everything { text: "ä".repeat(50_000), ..Everything::new(1) };
    assert_reads_back(&warehouse, long).await;
}

/// Bytes of any value and number.
pub(crate) async fn bytes_read_back(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let all: Vec<u8> = (0..=u8::MAX).collect();
    for blob in [vec![], vec![0], vec![0xFF, 0xFE, 0x00], all, vec![7; 100_000]] {
        let record = Everything { maybe_blob: Some(blob.clone()), blob, ..Everything::new(1) };
        assert_reads_back(&warehouse, record).await;
    }
}

/// Times from the first to the last moment, booleans and tags.
pub(crate) async fn times_and_tags_read_back(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let moments = [
        Timestamp::MIN,
        Timestamp::MAX,
        Timestamp::default(),
        Timestamp::from_micros(-1).unwrap_or_default(),
        Timestamp::from_micros(1_772_366_400_123_456).unwrap_or_default(),
    ];
    for (at, moment) in moments.into_iter().enumerate() {
        let record = Everything {
            moment,
            maybe_moment: Some(moment),
            flag: at % 2 == 0,
            maybe_flag: Some(at % 2 == 1),
            status: [Status::Open, Status::Waiting, Status::Closed].get(at).copied(),
            ..Everything::new(1)
        };
        assert_reads_back(&warehouse, record).await;
    }
}

/// Lists, maps, sets, tuples, nested structs and enums with data.
pub(crate) async fn nested_values_read_back(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let shape = Shape {
        name: "outer \"#\0\" 🦀".to_owned(),
        size: (255, i64::MIN),
        weight: Some(0.1),
        inner: Some(Box::new(Shape { name: "inner".to_owned(), ..Shape::default() })),
        big: 1 << 62,
    };
    let choices = vec![
        Choice::Nothing,
        Choice::One(-5),
        Choice::Two(String::new(), true),
        Choice::Named { text: "t".to_owned(), shape: shape.clone() },
    ];
    let record = Everything {
        list: vec![String::new(), "a".to_owned(), "a".to_owned()],
        grid: vec![vec![], vec![1.5, 2.5], vec![]],
        singles: [0.5, 0.25, -0.125],
        pair: (9, "nine".to_owned()),
        map: BTreeMap::from([("a".to_owned(), 1), ("#".to_owned(), -1), (" ".to_owned(), 0)]),
        by_number: BTreeMap::from([(0, vec![]), (10, choices.clone()), (9, vec![Choice::One(1)])]),
        hashed: HashMap::from([
            ("x".to_owned(), shape.clone()),
            ("y".to_owned(), Shape::default()),
        ]),
        shape: shape.clone(),
        choice: choices[3].clone(),
        choices,
        words: BTreeSet::from(["b".to_owned(), "a".to_owned(), "B".to_owned()]),
        primes: BTreeSet::from([2, 3, 5, -7]),
        maybe_list: Some(vec![]),
        maybe_shape: Some(shape),
        ..Everything::new(1)
    };
    assert_reads_back(&warehouse, record).await;
}

/// `None` and `Some` stay apart, also where the value inside serializes to null, and an option that
/// was set is absent again when it is saved as `None`.
pub(crate) async fn options_read_back(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let mut record = Everything {
        status: Some(Status::Waiting),
        letter: Some('x'),
        maybe_number: Some(0),
        maybe_wide: Some(0),
        maybe_flag: Some(false),
        maybe_single: Some(0.0),
        maybe_real: Some(0.0),
        maybe_text: Some(String::new()),
        maybe_blob: Some(Vec::new()),
        maybe_moment: Some(Timestamp::default()),
        maybe_label: Some(Label::default()),
        maybe_list: Some(Vec::new()),
        maybe_shape: Some(Shape::default()),
        maybe_silent: Some(Silent),
        twice_maybe: Some(None),
        ..Everything::new(1)
    };
    assert_reads_back(&warehouse, record.clone()).await;
    record.twice_maybe = Some(Some(0));
    assert_reads_back(&warehouse, record).await;

    let mut stored = ok(warehouse.get(Everything::key(1)).await).expect("the record is stored");
    let revision = stored.revision;
    stored = Everything { revision, ..Everything::new(1) };
    ok(warehouse.save(&mut stored).await);
    assert_eq!(ok(warehouse.get(Everything::key(1)).await), Some(stored));
}

/// A skipped field is not stored; fields with a default are, where they have a value.
pub(crate) async fn field_options_hold(db: &dyn Database) {
    let warehouse = open::<Warehouse>(db).await.tenant(&acme());
    let mut record = Everything {
        skipped: 7,
        defaulted: "set".to_owned(),
        fallback: fallback() + 1,
        renamed_to_something_shorter: "value".to_owned(),
        ..Everything::new(1)
    };
    ok(warehouse.insert(&mut record).await);
    assert_eq!(record.skipped, 7);
    let read = ok(warehouse.get(Everything::key(1)).await);
    assert_eq!(read, Some(Everything { skipped: 0, ..record }));
}
