//! The oracle of the property tests: what keys mean, written without the encoding.
//!
//! A [`Tape`] of random bytes is read as layouts and values, so that every choice shrinks with it.

use std::panic::catch_unwind;
use std::sync::{LazyLock, Once};

use keyloom::engine::TenantKey;
use keyloom::key::KeyKind;
use keyloom::schema::rules::check_record_of_table;
use keyloom::schema::{
    Component, FieldSchema, IndexSchema, Layout, Path, Placeholder, Projection, RecordSchema,
    Roles, Storage, TableSchema,
};
use keyloom::value::{Row, Value};
use proptest::test_runner::Config;

/// How many pairs a property is tried on.
pub(super) fn pairs() -> u32 {
    let wanted = std::env::var("KEYLOOM_PAIRS").ok().and_then(|pairs| pairs.parse().ok());
    wanted.unwrap_or(if cfg!(debug_assertions) { 20_000 } else { 1_000_000 })
}

pub(super) fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}

/// Random bytes, read from the front; behind the end stand zeros, which mean the simplest choice.
pub(super) struct Tape<'a>(pub(super) &'a [u8]);

impl Tape<'_> {
    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound
    }

    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// One of a long list.
    pub(super) fn one_of<'t, T>(&mut self, choices: &'t [T]) -> &'t T {
        let at = usize::from(self.byte()) << 8 | usize::from(self.byte());
        &choices[at % choices.len()]
    }

    fn number(&mut self) -> u128 {
        // Short numbers and those near a bound are more telling than any other.
        let magnitude = match self.below(4) {
            0 => u128::from(self.byte() % 12),
            1 => u128::from(self.byte()),
            2 => 1 << self.below(128),
            _ => (0..16).fold(0, |number, _| number << 8 | u128::from(self.byte())),
        };
        if self.byte() & 1 == 0 { magnitude } else { magnitude.wrapping_neg() }
    }

    pub(super) fn char(&mut self) -> char {
        self.pick(&ALPHABET)
    }

    pub(super) fn text(&mut self) -> String {
        if self.below(6) == 5 {
            return self.pick(&WORDS).to_owned();
        }
        (0..self.below(6)).map(|_| self.char()).collect()
    }
}

/// What an encoding is most likely to trip over: the bytes with a meaning in a key, their
/// neighbours, escapes, literals of the layouts below, and the ends of each length of UTF-8.
const ALPHABET: [char; 52] = [
    'a',
    '#',
    '$',
    '%',
    '~',
    '-',
    '0',
    '1',
    '2',
    '3',
    '5',
    '9',
    ' ',
    '\0',
    '\u{1}',
    '\u{1F}',
    '!',
    '"',
    '&',
    '\'',
    '+',
    '/',
    '.',
    '_',
    ':',
    'A',
    'F',
    'T',
    'Z',
    'f',
    'v',
    'x',
    'z',
    '\n',
    '\t',
    '\u{7E}',
    '\u{7F}',
    '\u{80}',
    'é',
    'É',
    'ß',
    'Σ',
    'İ',
    '\u{7FF}',
    '\u{800}',
    '\u{D7FF}',
    '\u{E000}',
    '\u{FFFF}',
    '\u{10000}',
    '🦀',
    '\u{10FFFE}',
    '\u{10FFFF}',
];

/// Words of several kinds, as literals and as text, so that layouts come close to one another.
const WORDS: [&str; 14] = [
    "a",
    "a-b",
    "v",
    "va",
    "0",
    "001",
    "v001",
    "-~998",
    "true",
    "false",
    "x_1",
    "00",
    "2024-02-29",
    "p",
];

/// A value of a component as a person orders it; absence comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Absent,
    Int(i128),
    Big(u128),
    Text(String),
    Bytes(Vec<u8>),
}

/// What a component of a test layout holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    MaybeText,
    Norm,
    MaybeNorm,
    U8,
    Narrow,
    MaybeU32,
    U64,
    U128,
    I8,
    SignedNarrow,
    I64,
    I128,
    MaybeBool,
    Time,
    Date,
    Bytes,
    Status,
}

pub(super) const KINDS: [Kind; 18] = [
    Kind::Text,
    Kind::MaybeText,
    Kind::Norm,
    Kind::MaybeNorm,
    Kind::U8,
    Kind::Narrow,
    Kind::MaybeU32,
    Kind::U64,
    Kind::U128,
    Kind::I8,
    Kind::SignedNarrow,
    Kind::I64,
    Kind::I128,
    Kind::MaybeBool,
    Kind::Time,
    Kind::Date,
    Kind::Bytes,
    Kind::Status,
];

const TAGS: &[&str] = &["A", "a", "a-b", "true", "v", "x_1", "z"];
const DATES: &[&str] = &["0000-01-01", "1999-12-31", "2024-02-29", "2026-01-01", "9999-12-31"];

/// Trimmed, and lower-cased character by character.
pub(super) fn normal(text: &str) -> String {
    text.trim().chars().flat_map(char::to_lowercase).collect()
}

impl Kind {
    pub(super) fn key(self) -> KeyKind {
        match self {
            Self::Text | Self::MaybeText | Self::Norm | Self::MaybeNorm => KeyKind::Text,
            Self::U8 => KeyKind::Unsigned { bits: 8 },
            Self::Narrow | Self::MaybeU32 => KeyKind::Unsigned { bits: 32 },
            Self::U64 => KeyKind::Unsigned { bits: 64 },
            Self::U128 => KeyKind::Unsigned { bits: 128 },
            Self::I8 => KeyKind::Signed { bits: 8 },
            Self::SignedNarrow => KeyKind::Signed { bits: 16 },
            Self::I64 => KeyKind::Signed { bits: 64 },
            Self::I128 => KeyKind::Signed { bits: 128 },
            Self::MaybeBool => KeyKind::Bool,
            Self::Time => KeyKind::Timestamp,
            Self::Date => KeyKind::Date,
            Self::Bytes => KeyKind::Bytes,
            Self::Status => KeyKind::Words(TAGS),
        }
    }

    pub(super) fn optional(self) -> bool {
        matches!(self, Self::MaybeText | Self::MaybeNorm | Self::MaybeU32 | Self::MaybeBool)
    }

    pub(super) fn norm(self) -> bool {
        matches!(self, Self::Norm | Self::MaybeNorm)
    }

    pub(super) fn is_text(self) -> bool {
        self.key() == KeyKind::Text
    }

    pub(super) fn width(self) -> Option<u8> {
        match self {
            Self::Narrow => Some(3),
            Self::SignedNarrow => Some(4),
            _ => None,
        }
    }

    /// A value that has a word.
    pub(super) fn part(self, tape: &mut Tape<'_>) -> Part {
        if self.optional() && tape.below(4) == 0 {
            return Part::Absent;
        }
        let part = match self.key() {
            KeyKind::Text => Part::Text(tape.text()),
            KeyKind::Bytes => Part::Bytes((0..tape.below(4)).map(|_| tape.byte()).collect()),
            KeyKind::Date => Part::Text(tape.pick(DATES).to_owned()),
            KeyKind::Words(tags) => Part::Text(tape.pick(tags).to_owned()),
            KeyKind::Unsigned { bits: 128 } => Part::Big(tape.number()),
            _ => Part::Int(tape.number().cast_signed()),
        };
        self.fit(part)
    }

    /// The value of the kind that is nearest to `part`.
    fn fit(self, part: Part) -> Part {
        let within = |low: i128, high: i128, number: i128| {
            Part::Int(if (low..=high).contains(&number) {
                number
            } else {
                low + (number.wrapping_sub(low)).rem_euclid(high - low + 1)
            })
        };
        match (self, part) {
            (_, Part::Absent) if self.optional() => Part::Absent,
            (Self::MaybeText, Part::Text(text)) if text.is_empty() => Part::Absent,
            (Self::MaybeNorm, Part::Text(text)) if normal(&text).is_empty() => Part::Absent,
            (Self::U8, Part::Int(number)) => within(0, 255, number),
            (Self::Narrow, Part::Int(number)) => within(0, 999, number),
            (Self::MaybeU32, Part::Int(number)) => within(0, u32::MAX.into(), number),
            (Self::U64, Part::Int(number)) => within(0, i64::MAX.into(), number),
            (Self::I8, Part::Int(number)) => within(-128, 127, number),
            (Self::SignedNarrow, Part::Int(number)) => within(-9999, 9999, number),
            (Self::I64, Part::Int(number)) => within(i64::MIN.into(), i64::MAX.into(), number),
            (Self::MaybeBool, Part::Int(number)) => within(0, 1, number),
            (Self::Time, Part::Int(number)) => within(
                keyloom::Timestamp::MIN.as_micros().into(),
                keyloom::Timestamp::MAX.as_micros().into(),
                number,
            ),
            (_, part) => part,
        }
    }

    /// A value that is equal to `part`, close to it, or another one.
    pub(super) fn relative(self, part: &Part, tape: &mut Tape<'_>) -> Part {
        let close = match (tape.below(5), part) {
            (0, _) => return self.part(tape),
            (1 | 2, _) => return part.clone(),
            (_, Part::Text(_)) if !self.is_text() => return self.part(tape),
            (3, Part::Text(text)) => {
                let mut text = text.clone();
                text.push(tape.char());
                Part::Text(text)
            }
            (_, Part::Text(text)) => {
                let mut text = text.clone();
                text.pop();
                Part::Text(text)
            }
            (3, Part::Int(number)) => Part::Int(number.wrapping_add(1)),
            (_, Part::Int(number)) => Part::Int(number.wrapping_neg()),
            (3, Part::Big(number)) => Part::Big(number.wrapping_add(1)),
            (_, Part::Big(number)) => Part::Big(number.wrapping_sub(1)),
            (3, Part::Bytes(bytes)) => Part::Bytes([&bytes[..], &[tape.byte()]].concat()),
            (_, Part::Bytes(bytes)) => {
                Part::Bytes(bytes.split_last().map_or(&[][..], |(_, rest)| rest).to_vec())
            }
            (_, Part::Absent) => return self.part(tape),
        };
        self.fit(close)
    }

    /// The part as the key orders it.
    pub(super) fn ordered(self, part: &Part) -> Part {
        match part {
            Part::Text(text) if self.norm() => Part::Text(normal(text)),
            other => other.clone(),
        }
    }

    /// The neutral value that a field of the kind writes.
    pub(super) fn value(self, part: &Part) -> Value<'static> {
        match part {
            Part::Absent => Value::Null,
            Part::Text(text) => Value::Text(text.clone().into()),
            Part::Bytes(bytes) => Value::Bytes(bytes.clone().into()),
            Part::Big(number) => written(number),
            Part::Int(number) if self == Self::I128 => written(number),
            Part::Int(number) => Value::Int((*number).try_into().unwrap()),
        }
    }
}

fn written<T: keyloom::value::Scalar>(value: &T) -> Value<'static> {
    let mut row = Row::default();
    value.write(&mut row).unwrap();
    row.get(0).into_owned()
}

/// A record schema and what each of its fields holds.
pub(super) struct Layouted {
    pub(super) schema: &'static RecordSchema,
    pub(super) kinds: Vec<Kind>,
}

pub(super) fn still<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn literal(text: &'static str) -> Component {
    Component { literal: text, placeholder: None }
}

fn slot(text: &'static str, field: usize, kind: Kind) -> Component {
    let placeholder = Placeholder { field, width: kind.width(), norm: kind.norm() };
    Component { literal: text, placeholder: Some(placeholder) }
}

const PREFIXES: [&str; 8] = ["", "", "", "v", "a", "a-b", "0", "x_~"];
const LITERALS: [&str; 8] = ["a", "a-b", "v", "ab", "0", "x_", "~", "p"];

fn schema(
    name: &'static str,
    kinds: &[Kind],
    primary: Layout,
    index: Layout,
) -> &'static RecordSchema {
    let names = ["f0", "f1", "f2", "f3", "f4", "f5"];
    let fields: Vec<_> = kinds
        .iter()
        .zip(names)
        .map(|(kind, name)| FieldSchema {
            name,
            stored: name,
            storage: Storage::Text,
            optional: kind.optional(),
            default: false,
            key: Some(kind.key()),
        })
        .collect();
    let indexes = vec![IndexSchema {
        name: "index",
        layout: index,
        unique: false,
        slot: 1,
        projection: Projection::All,
    }];
    still(RecordSchema {
        name,
        fields: fields.leak(),
        roles: Roles::default(),
        primary,
        indexes: indexes.leak(),
        sequence: None,
        inert: false,
    })
}

/// Layouts of one to four fields, with all kinds and literals between them.
pub(super) fn layouts() -> &'static [Layouted] {
    static LAYOUTS: LazyLock<Vec<Layouted>> = LazyLock::new(|| {
        let mut bytes = Scramble(1);
        (0..400)
            .map(|at| {
                let bytes: Vec<u8> = (0..64).map(|_| bytes.next()).collect();
                let mut tape = Tape(&bytes);
                let kinds: Vec<_> = (0..=at % 4).map(|_| tape.pick(&KINDS)).collect();
                let split = tape.below(kinds.len() + 1);
                let primary = components(&kinds, 0..kinds.len(), split, &mut tape);
                // The index reads the fields from the last to the first.
                let split = tape.below(kinds.len() + 1);
                let index = components(&kinds, (0..kinds.len()).rev(), split, &mut tape);
                Layouted { schema: schema("Record", &kinds, primary, index), kinds }
            })
            .collect()
    });
    &LAYOUTS
}

fn components(
    kinds: &[Kind],
    fields: impl Iterator<Item = usize>,
    split: usize,
    tape: &mut Tape<'_>,
) -> Layout {
    let mut parts = [Vec::new(), Vec::new()];
    for (at, field) in fields.enumerate() {
        let part = &mut parts[usize::from(at >= split)];
        if tape.below(4) == 0 {
            part.push(literal(tape.pick(&LITERALS)));
        }
        part.push(slot(tape.pick(&PREFIXES), field, kinds[field]));
    }
    for part in &mut parts {
        if part.is_empty() || tape.below(8) == 0 {
            part.push(literal(tape.pick(&LITERALS)));
        }
    }
    let [partition, sort] = parts;
    Layout { partition: partition.leak(), sort: sort.leak() }
}

/// Two records of one table that the rules of overlap accept.
pub(super) struct Pair {
    pub(super) table: &'static TableSchema,
    pub(super) records: [Layouted; 2],
}

/// Pairs of records whose partitions are alike and whose sort templates differ in the ways that
/// rules of overlap have to see; of each record the first field stands in the partition.
pub(super) fn accepted_pairs() -> &'static [Pair] {
    static PAIRS: LazyLock<Vec<Pair>> = LazyLock::new(|| {
        quiet_rules();
        let mut bytes = Scramble(2);
        let mut pairs = Vec::new();
        while pairs.len() < 1500 {
            let bytes: Vec<u8> = (0..96).map(|_| bytes.next()).collect();
            let mut tape = Tape(&bytes);
            let head = tape.pick(&LITERALS);
            let records = ["Left", "Right"].map(|name| sharing(name, head, &mut tape));
            let schemas = records.each_ref().map(|record| record.schema);
            let table = still(TableSchema { name: "table", records: still(schemas) });
            if catch_unwind(|| check_record_of_table(table, 1)).is_ok() {
                pairs.push(Pair { table, records });
            }
        }
        pairs
    });
    &PAIRS
}

/// A broken rule panics, as it must while a program is compiled; here it is an answer.
fn quiet_rules() {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let rule = panic.payload().downcast_ref::<String>();
            if !rule.is_some_and(|message| message.contains("of table `table`")) {
                report(panic);
            }
        }));
    });
}

fn sharing(name: &'static str, head: &'static str, tape: &mut Tape<'_>) -> Layouted {
    let mut kinds = vec![Kind::Text];
    let mut partition = vec![literal("p"), slot("", 0, Kind::Text)];
    match tape.below(4) {
        0 => partition.push(literal(tape.pick(&WORDS))),
        1 | 2 => {
            kinds.push(tape.pick(&KINDS));
            partition.push(slot(tape.pick(&PREFIXES), 1, kinds[1]));
        }
        _ => {}
    }
    let mut template = |kinds: &mut Vec<Kind>, fresh: bool| {
        let mut sort = Vec::new();
        if tape.below(8) > 0 {
            sort.push(literal(if tape.byte() & 1 == 0 { head } else { tape.pick(&LITERALS) }));
        }
        for at in 0..=tape.below(3) {
            if tape.below(3) == 0 {
                sort.push(literal(tape.pick(&WORDS)));
                continue;
            }
            let field = if fresh {
                // Text alone can be anything, and only text has prefixes.
                let texts = tape.byte() & 1 == 0;
                kinds.push(if texts { tape.pick(&KINDS[..4]) } else { tape.pick(&KINDS) });
                kinds.len() - 1
            } else if at + 1 < kinds.len() {
                kinds.len() - 1 - at
            } else {
                break;
            };
            sort.push(slot(tape.pick(&PREFIXES), field, kinds[field]));
        }
        if sort.is_empty() || tape.below(6) == 0 {
            sort.push(literal(tape.pick(&LITERALS)));
        }
        sort.leak() as &[Component]
    };
    let sort = template(&mut kinds, true);
    let index_sort = template(&mut kinds, false);
    let bare = tape.below(6) == 0;
    let primary = Layout { partition: partition.leak(), sort };
    let index = vec![literal("i"), slot("", 0, Kind::Text)];
    let index = Layout { partition: index.leak(), sort: if bare { &[] } else { index_sort } };
    Layouted { schema: schema(name, &kinds, primary, index), kinds }
}

/// A fixed sequence, so that the layouts are the same in every run.
struct Scramble(u64);

impl Scramble {
    fn next(&mut self) -> u8 {
        // SplitMix64: https://prng.di.unimi.it/splitmix64.c
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31).to_le_bytes()[0]
    }
}

impl Layouted {
    /// The values of a record.
    pub(super) fn parts(&self, tape: &mut Tape<'_>) -> Vec<Part> {
        self.kinds.iter().map(|kind| kind.part(tape)).collect()
    }

    /// The values of a record that is like another.
    pub(super) fn relatives(&self, parts: &[Part], tape: &mut Tape<'_>) -> Vec<Part> {
        self.kinds.iter().zip(parts).map(|(kind, part)| kind.relative(part, tape)).collect()
    }

    /// The fields as a record writes them.
    pub(super) fn row(&self, parts: &[Part]) -> Row {
        let mut row = Row::default();
        for (kind, part) in self.kinds.iter().zip(parts) {
            row.push(&kind.value(part));
        }
        row
    }

    /// The fields of a path's placeholders, by position.
    pub(super) fn fields(&self, path: Path) -> Vec<usize> {
        self.schema.placeholders(path).map(|placeholder| placeholder.field).collect()
    }

    /// What a path orders by, the partition first and the primary key last; `None` where the record
    /// is not in the index.
    pub(super) fn tuple(&self, path: Path, parts: &[Part]) -> Option<Vec<Part>> {
        let ordered = |field: usize| self.kinds[field].ordered(&parts[field]);
        let mut tuple: Vec<_> = self.fields(path).into_iter().map(ordered).collect();
        if path != Path::Primary {
            if tuple.contains(&Part::Absent) {
                return None;
            }
            tuple.extend(self.fields(Path::Primary).into_iter().map(ordered));
        }
        Some(tuple)
    }
}

pub(super) fn tenant(text: &str) -> TenantKey {
    TenantKey::new(KeyKind::Text, Value::Text(text.to_owned().into())).unwrap()
}
