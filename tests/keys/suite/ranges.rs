//! Queries: the text range of each selection holds exactly the records whose tuples lie inside it,
//! whatever else is stored in the partition.

use std::collections::BTreeSet;
use std::ops::Bound;

use keyloom::engine::{KeyText, TenantKey};
use keyloom::key::{Arg, KeyKind, KeyRange, PathArg, Select};
use keyloom::schema::rules::order_members;
use keyloom::schema::{
    Component, FieldSchema, Layout, Path, Placeholder, RecordSchema, Roles, Storage,
};
use keyloom::starts_with;
use keyloom::value::{FieldSink, Invalid, Row, Value};
use proptest::collection::vec;
use proptest::num::u8::ANY;
use proptest::{prop_assert, prop_assert_eq, proptest};

use super::model::{Kind, Layouted, Part, Tape, accepted_pairs, config, pairs};

/// An argument of any type, as its neutral value.
struct Raw(Value<'static>);

/// The type that [`Raw`] is an argument of.
struct Any;

impl Arg<Any> for Raw {
    fn write_value(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        self.0.write(to)
    }
}

fn add<T, M>(argument: impl PathArg<T, M>, select: &mut Select) {
    argument.add_to(select);
}

/// What is asked of the component after the equal ones.
#[derive(Debug)]
enum Asked {
    Nothing,
    Between(Bound<Part>, Bound<Part>),
    StartsWith(String),
}

impl Asked {
    fn read(kind: Kind, absent: bool, near: &Part, tape: &mut Tape<'_>) -> Self {
        // A record with an absent field is not in an index, so no bound of one is absent.
        let bound = |tape: &mut Tape<'_>| loop {
            let part = kind.relative(near, tape);
            if absent || part != Part::Absent {
                return part;
            }
            if tape.0.is_empty() {
                return kind.part(&mut Tape(&[1, 1, 1]));
            }
        };
        match tape.below(10) {
            0 => Self::Nothing,
            1 => Self::Between(Bound::Included(bound(tape)), Bound::Excluded(bound(tape))),
            2 => Self::Between(Bound::Included(bound(tape)), Bound::Included(bound(tape))),
            3 => Self::Between(Bound::Included(bound(tape)), Bound::Unbounded),
            4 => Self::Between(Bound::Unbounded, Bound::Excluded(bound(tape))),
            5 => Self::Between(Bound::Unbounded, Bound::Included(bound(tape))),
            6 => Self::Between(Bound::Unbounded, Bound::Unbounded),
            7 => Self::Between(Bound::Excluded(bound(tape)), Bound::Excluded(bound(tape))),
            8 if !kind.is_text() => {
                Self::Between(Bound::Excluded(bound(tape)), Bound::Included(bound(tape)))
            }
            _ if kind.is_text() => Self::StartsWith(match bound(tape) {
                Part::Text(text) => {
                    let kept = tape.below(text.chars().count() + 1);
                    let prefix: String = text.chars().take(kept).collect();
                    if tape.below(4) == 0 { format!(" {prefix}") } else { prefix }
                }
                _ => String::new(),
            }),
            _ => Self::Between(Bound::Excluded(bound(tape)), Bound::Unbounded),
        }
    }

    /// Adds it to a selection, by the Rust range that says it.
    fn add_to(&self, kind: Kind, select: &mut Select) {
        use Bound::{Excluded, Included, Unbounded};
        let raw = |part: &Part| Raw(kind.value(part));
        match self {
            Self::Nothing => {}
            Self::StartsWith(prefix) => {
                add::<String, _>(starts_with(prefix), select);
            }
            Self::Between(Included(a), Excluded(b)) => add::<Any, _>(raw(a)..raw(b), select),
            Self::Between(Included(a), Included(b)) => add::<Any, _>(raw(a)..=raw(b), select),
            Self::Between(Included(a), Unbounded) => add::<Any, _>(raw(a).., select),
            Self::Between(Unbounded, Excluded(b)) => add::<Any, _>(..raw(b), select),
            Self::Between(Unbounded, Included(b)) => add::<Any, _>(..=raw(b), select),
            Self::Between(Unbounded, Unbounded) => add::<Any, _>(.., select),
            Self::Between(a, b) => {
                add::<Any, _>((a.as_ref().map(raw), b.as_ref().map(raw)), select);
            }
        }
    }

    /// Whether an ordered part lies inside.
    fn holds(&self, kind: Kind, part: &Part) -> bool {
        let ordered = |bound: &Part| kind.ordered(bound);
        match self {
            Self::Nothing => true,
            Self::StartsWith(prefix) if kind.norm() => {
                let prefix: String =
                    prefix.trim_start().chars().flat_map(char::to_lowercase).collect();
                prefix.is_empty() || matches!(part, Part::Text(text) if text.starts_with(&prefix))
            }
            Self::StartsWith(prefix) => {
                prefix.is_empty() || matches!(part, Part::Text(text) if text.starts_with(prefix))
            }
            Self::Between(low, high) => {
                (match low.as_ref().map(ordered) {
                    Bound::Included(low) => *part >= low,
                    Bound::Excluded(low) => *part > low,
                    Bound::Unbounded => true,
                }) && (match high.as_ref().map(ordered) {
                    Bound::Included(high) => *part <= high,
                    Bound::Excluded(high) => *part < high,
                    Bound::Unbounded => true,
                })
            }
        }
    }
}

fn key(record: &Layouted, path: Path, parts: &[Part]) -> Option<KeyText> {
    KeyText::of(record.schema, path, &TenantKey::GLOBAL, &record.row(parts)).unwrap()
}

/// Records that resemble one another and stand in a few partitions.
fn population(record: &Layouted, count: usize, tape: &mut Tape<'_>) -> Vec<Vec<Part>> {
    let mut rows: Vec<Vec<Part>> = Vec::new();
    for _ in 0..count {
        let mut parts = match rows.last() {
            Some(last) => record.relatives(last, tape),
            None => record.parts(tape),
        };
        parts[0] = Part::Text(tape.pick(&["p", "p", "p", "", "p#"]).to_owned());
        rows.push(parts);
    }
    rows
}

proptest! {
    #![proptest_config(config((pairs() / 4).max(5_000)))]

    #[test]
    fn a_range_of_keys_is_a_range_of_tuples(bytes in vec(ANY, 0..160)) {
        let mut tape = Tape(&bytes);
        let pair = tape.one_of(accepted_pairs());
        let [left, right] = &pair.records;
        let (record, other) = if tape.byte() & 1 == 0 { (left, right) } else { (right, left) };
        let rows = population(record, 6, &mut tape);
        let others = population(other, 4, &mut tape);
        let path = tape.pick(&[Path::Primary, Path::Index(0)]);
        let fields = record.fields(path);

        // The partition, so many equal components, and at most one range behind them.
        let model = &rows[tape.below(rows.len())];
        let layout = record.schema.layout(path);
        let of_partition = layout.partition.iter().filter(|part| part.placeholder.is_some()).count();
        let mut given = of_partition + tape.below(fields.len() - of_partition + 1);
        if path != Path::Primary {
            let present = fields.iter().take_while(|field| model[**field] != Part::Absent).count();
            given = given.min(present);
        }
        let mut select = Select::new(record.schema, path);
        for field in &fields[..given] {
            select.equal::<Any>(&Raw(record.kinds[*field].value(&model[*field])));
        }
        let asked = match fields.get(given) {
            None => Asked::Nothing,
            Some(field) => {
                let kind = record.kinds[*field];
                let asked = Asked::read(kind, path == Path::Primary, &model[*field], &mut tape);
                asked.add_to(kind, &mut select);
                asked
            }
        };

        let range = KeyRange::of(
            record.schema, path, &TenantKey::GLOBAL, select.row(), select.selected_range(),
        );
        let range = range.unwrap();
        let equal = |parts: &[Part]| {
            fields[..given].iter().all(|field| {
                let kind = record.kinds[*field];
                kind.ordered(&parts[*field]) == kind.ordered(&model[*field])
            })
        };
        let mut found = 0;
        for parts in &rows {
            let Some(key) = key(record, path, parts) else {
                continue;
            };
            let inside = equal(parts)
                && fields.get(given).is_none_or(|field| {
                    let kind = record.kinds[*field];
                    asked.holds(kind, &kind.ordered(&parts[*field]))
                });
            found += usize::from(inside);
            prop_assert_eq!(
                range.contains(&key), inside,
                "{:?} of {:?}: {:?} in {:?}", asked, layout, key, range
            );
        }
        prop_assert!(found == 0 || !range.is_empty());
        for parts in &others {
            if let Some(key) = key(other, path, parts) {
                prop_assert!(!range.contains(&key), "a stranger: {:?} in {:?}", key, range);
            }
        }
    }

    #[test]
    fn a_partition_holds_its_members_one_after_the_other(bytes in vec(ANY, 0..120)) {
        let mut tape = Tape(&bytes);
        let pair = tape.one_of(accepted_pairs());
        let order = order_members([(0, pair.table.records[0]), (1, pair.table.records[1])]);
        let mut keys = [BTreeSet::new(), BTreeSet::new()];
        for (record, keys) in pair.records.iter().zip(&mut keys) {
            for mut parts in population(record, 5, &mut tape) {
                parts[0] = Part::Text("p".to_owned());
                keys.extend(key(record, Path::Primary, &parts));
            }
        }
        let [first, second] = order.map(|member| &keys[member.member]);
        for low in first {
            for high in second.iter().filter(|high| high.partition == low.partition) {
                prop_assert!(low < high, "{:?} {:?}", low, high);
            }
        }
    }
}

const fn component(field: usize, norm: bool) -> Component {
    Component { literal: "", placeholder: Some(Placeholder { field, width: None, norm }) }
}

const fn text(name: &'static str) -> FieldSchema {
    let (storage, key) = (Storage::Text, Some(KeyKind::Text));
    FieldSchema { name, stored: name, storage, optional: false, default: false, key }
}

/// `place` / `{text}#{norm:norm}`
static RECORD: RecordSchema = RecordSchema {
    name: "Record",
    fields: &[text("text"), text("norm")],
    roles: Roles::NONE,
    primary: Layout {
        partition: &[Component { literal: "place", placeholder: None }],
        sort: &[component(0, false), component(1, true)],
    },
    indexes: &[],
    sequence: None,
    inert: false,
};

/// Whether a selection holds the record with these fields.
fn holds(select: &Select, fields: [&str; 2]) -> bool {
    let mut row = Row::default();
    for text in fields {
        row.push(&Value::Text(text.into()));
    }
    let owner = TenantKey::GLOBAL;
    let key = KeyText::of(&RECORD, Path::Primary, &owner, &row).unwrap().unwrap();
    let range = KeyRange::of(&RECORD, Path::Primary, &owner, select.row(), select.selected_range());
    range.unwrap().contains(&key)
}

#[test]
fn only_starts_with_ends_inside_a_value() {
    let all = || Select::new(&RECORD, Path::Primary);
    let mut five = all();
    five.equal::<String>(&"5");
    assert!(holds(&five, ["5", "x"]));
    assert!(!holds(&five, ["55", "x"]));
    let mut up_to_five = all();
    add::<String, _>(..="5", &mut up_to_five);
    assert!(holds(&up_to_five, ["5", "zz"]));
    assert!(!holds(&up_to_five, ["5 ", ""]));
    let mut below_five = all();
    add::<String, _>(..String::from("5"), &mut below_five);
    assert!(!holds(&below_five, ["5", ""]));
    let mut hash = all();
    add::<String, _>(starts_with("sh#"), &mut hash);
    assert!(holds(&hash, ["sh#1", ""]));
    assert!(!holds(&hash, ["shp#1", ""]));
    assert!(!holds(&hash, ["sh", "1"]));
}

#[test]
fn the_end_of_a_prefix_is_exact_at_the_ends_of_unicode() {
    let all = || Select::new(&RECORD, Path::Primary);
    for (prefix, inside, outside) in [
        ("\u{D7FF}", "\u{D7FF}\u{10FFFF}", "\u{E000}"),
        ("a\u{10FFFF}", "a\u{10FFFF}\u{10FFFF}", "b"),
        ("\u{10FFFF}", "\u{10FFFF}a", "\u{10FFFE}"),
        ("\u{7F}", "\u{7F}a", "\u{80}"),
        ("\u{7FF}", "\u{7FF}a", "\u{800}"),
        ("\u{FFFF}", "\u{FFFF}a", "\u{10000}"),
        ("%", "%25", "&"),
        ("$", "$#", "%"),
    ] {
        let mut select = all();
        add::<String, _>(starts_with(prefix), &mut select);
        assert!(holds(&select, [prefix, ""]), "{prefix:?}");
        assert!(holds(&select, [inside, ""]), "{prefix:?}");
        assert!(!holds(&select, [outside, ""]), "{prefix:?}");
    }
    let mut everything = all();
    add::<String, _>(starts_with(""), &mut everything);
    assert!(holds(&everything, ["", ""]) && holds(&everything, ["\u{10FFFF}", ""]));
}

#[test]
fn a_prefix_of_a_normalised_component_is_trimmed_at_its_start_only() {
    for (prefix, expected) in [("  New", true), ("NEW Y", true), ("New ", true), ("York", false)] {
        let mut select = Select::new(&RECORD, Path::Primary);
        select.equal::<String>(&"x");
        add::<String, _>(starts_with(prefix), &mut select);
        assert_eq!(holds(&select, ["x", " new york "]), expected, "{prefix:?}");
    }
    let mut select = Select::new(&RECORD, Path::Primary);
    select.equal::<String>(&"x");
    add::<String, _>(starts_with("new "), &mut select);
    assert!(!holds(&select, ["x", "new "]), "the key holds `new`");
}
