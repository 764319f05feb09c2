//! Whole keys: injective, ordered as their tuples, read back, and read strictly; and tenants.

use std::cmp::Ordering;

use keyloom::engine::{KeyText, TenantKey};
use keyloom::key::{decode_word, encode_word};
use keyloom::schema::{KeyForm, Path};
use keyloom::value::{Row, Value};
use proptest::collection::vec;
use proptest::num::u8::ANY;
use proptest::test_runner::TestRunner;
use proptest::{prop_assert, prop_assert_eq, proptest};

use super::model::{KINDS, Layouted, Part, Tape, config, layouts, normal, pairs, tenant};

const PATHS: [Path; 2] = [Path::Primary, Path::Index(0)];

fn key(layout: &Layouted, path: Path, parts: &[Part]) -> Option<KeyText> {
    KeyText::of(layout.schema, path, &TenantKey::GLOBAL, &layout.row(parts)).unwrap()
}

/// One test for all that is said of pairs, since making them takes longer than comparing them.
#[test]
fn keys_are_equal_and_ordered_exactly_as_their_tuples_are() {
    let mut runner = TestRunner::new(config(pairs()));
    let outcome = runner.run(&vec(ANY, 0..72), |bytes| {
        let mut tape = Tape(&bytes);
        let layout = tape.one_of(layouts());
        let left = layout.parts(&mut tape);
        let right = layout.relatives(&left, &mut tape);
        let path = tape.pick(&PATHS);
        let tuples = [&left, &right].map(|parts| layout.tuple(path, parts));
        let keys = [&left, &right].map(|parts| key(layout, path, parts));
        for (tuple, key) in tuples.iter().zip(&keys) {
            prop_assert_eq!(tuple.is_some(), key.is_some(), "in the index or not");
        }
        let ([Some(left), Some(right)], [Some(left_key), Some(right_key)]) = (tuples, keys) else {
            return Ok(());
        };
        let expected = left.cmp(&right);
        prop_assert_eq!(left_key.cmp(&right_key), expected, "{:?} {:?}", left_key, right_key);
        let bytes = |key: &KeyText| [key.partition.as_bytes(), b"\0", key.sort.as_bytes()].concat();
        prop_assert_eq!(bytes(&left_key).cmp(&bytes(&right_key)), expected, "byte by byte");
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// The values that a path's key is made of, in the form that [`Row`]s of key values have.
fn position(layout: &Layouted, path: Path, parts: &[Part]) -> Row {
    let mut row = Row::default();
    let primary = (path != Path::Primary).then_some(Path::Primary);
    for path in [Some(path), primary].into_iter().flatten() {
        for placeholder in layout.schema.placeholders(path) {
            let kind = layout.kinds[placeholder.field];
            let part = &parts[placeholder.field];
            let value = match layout.schema.form(path, placeholder) {
                KeyForm::Field => kind.value(part),
                KeyForm::Text | KeyForm::Norm if *part == Part::Absent => Value::Text("".into()),
                KeyForm::Text | KeyForm::Norm => {
                    let value = kind.value(&kind.ordered(part));
                    let word = encode_word(kind.key(), placeholder.width, &value).unwrap();
                    Value::Text(word.into())
                }
            };
            row.push(&value);
        }
    }
    row
}

/// Whether some record has these key values: normalised text is normal, and what is in an index is
/// present.
fn is_possible(layout: &Layouted, path: Path, row: &Row) -> bool {
    let own = layout.schema.placeholders(path).map(|placeholder| (path, placeholder));
    let primary = layout.schema.placeholders(Path::Primary);
    let primary = primary.map(|placeholder| (Path::Primary, placeholder));
    let rest = primary.filter(|_| path != Path::Primary);
    own.chain(rest).zip(row.iter()).all(|((path, placeholder), value)| {
        let kind = layout.kinds[placeholder.field];
        let absent = kind.optional() && value == Value::Text("".into());
        if absent || !kind.norm() {
            return !absent || path == Path::Primary;
        }
        let Value::Text(word) = value else {
            return false;
        };
        let text = decode_word(&word, kind.key(), None);
        matches!(text, Some(Value::Text(text)) if normal(&text) == text)
    })
}

/// The bytes that a mutation puts into a key.
const MUTATIONS: &[u8] = b"#$%&~-+.0129aAfFTZv \0\x7F";

/// Every text that one byte less, more or other makes of `text`.
fn mutations(text: &str) -> impl Iterator<Item = String> {
    (0..=text.len()).flat_map(move |at| {
        let (head, tail) = text.as_bytes().split_at(at);
        let rest = tail.get(1..).unwrap_or_default();
        let inserted = MUTATIONS.iter().map(move |byte| [head, &[*byte], tail].concat());
        let replaced = MUTATIONS.iter().map(move |byte| [head, &[*byte], rest].concat());
        let removed = std::iter::once([head, rest].concat());
        inserted.chain(replaced).chain(removed).filter_map(|bytes| String::from_utf8(bytes).ok())
    })
}

proptest! {
    #![proptest_config(config(pairs() / 4))]

    #[test]
    fn a_key_reads_back_as_its_values(bytes in vec(ANY, 0..48)) {
        let mut tape = Tape(&bytes);
        let layout = tape.one_of(layouts());
        let parts = layout.parts(&mut tape);
        for path in PATHS {
            let Some(key) = key(layout, path, &parts) else {
                continue;
            };
            let row = key.decode(layout.schema, path, &TenantKey::GLOBAL);
            prop_assert_eq!(row, Some(position(layout, path, &parts)));
        }
    }

    #[test]
    fn tenants_share_no_partition(bytes in vec(ANY, 0..48)) {
        let mut tape = Tape(&bytes);
        let left = tape.text() + &tape.char().to_string();
        let right = match tape.below(4) {
            0 => tape.text() + "x",
            1 => tenant(&left).text().to_owned(),
            2 => normal(&left) + "#",
            _ => left.clone() + &tape.char().to_string(),
        };
        let layout = tape.one_of(layouts());
        let parts = layout.parts(&mut tape);
        let others = layout.relatives(&parts, &mut tape);
        let tenants = [TenantKey::GLOBAL, tenant(&left), tenant(&right)];
        for tenant in &tenants[1..] {
            let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
            prop_assert!(!tenant.text().is_empty() && tenant.text().bytes().all(unreserved));
        }
        for path in PATHS {
            let keys = |tenant, parts: &[Part]| {
                KeyText::of(layout.schema, path, tenant, &layout.row(parts)).unwrap()
            };
            for (mine, at) in tenants.iter().zip(0..) {
                let Some(key) = keys(mine, &parts) else {
                    continue;
                };
                prop_assert!(key.decode(layout.schema, path, mine).is_some());
                for other in &tenants[at + 1..] {
                    if mine == other {
                        continue;
                    }
                    let Some(theirs) = keys(other, &others) else {
                        continue;
                    };
                    prop_assert!(key.partition != theirs.partition);
                    let prefix = format!("{}#", other.text());
                    prop_assert!(!key.partition.starts_with(&prefix), "a policy lets both in");
                    prop_assert!(key.decode(layout.schema, path, other).is_none());
                }
            }
        }
    }
}

proptest! {
    // Each case tries some hundred mutations of every byte.
    #![proptest_config(config((pairs() / 500).max(128)))]

    #[test]
    fn a_mutated_word_is_another_word_or_none(bytes in vec(ANY, 0..24)) {
        let mut tape = Tape(&bytes);
        let kind = tape.pick(&KINDS);
        let value = kind.value(&kind.part(&mut tape));
        if value == Value::Null {
            return Ok(());
        }
        let word = encode_word(kind.key(), kind.width(), &value).unwrap();
        prop_assert_eq!(decode_word(&word, kind.key(), kind.width()), Some(value.clone()));
        for mutated in mutations(&word) {
            let Some(read) = decode_word(&mutated, kind.key(), kind.width()) else {
                continue;
            };
            let again = encode_word(kind.key(), kind.width(), &read);
            prop_assert_eq!(again.as_ref(), Ok(&mutated));
            prop_assert_eq!(mutated == word, read == value);
        }
    }

    #[test]
    fn a_mutated_key_is_another_key_or_none(bytes in vec(ANY, 0..48)) {
        let mut tape = Tape(&bytes);
        let layout = tape.one_of(layouts());
        let parts = layout.parts(&mut tape);
        let path = tape.pick(&PATHS);
        let owner = tenant("acme");
        let Some(key) = KeyText::of(layout.schema, path, &owner, &layout.row(&parts)).unwrap() else {
            return Ok(());
        };
        let partitions = mutations(&key.partition)
            .map(|partition| KeyText { partition, sort: key.sort.clone() });
        let sorts = mutations(&key.sort)
            .map(|sort| KeyText { partition: key.partition.clone(), sort });
        for mutated in partitions.chain(sorts) {
            let Some(row) = mutated.decode(layout.schema, path, &owner) else {
                continue;
            };
            let again = KeyText::encode(layout.schema, path, &owner, &row);
            prop_assert_eq!(again.as_ref(), Ok(&mutated));
            prop_assert!(is_possible(layout, path, &row), "{:?}", mutated);
            let same = row == position(layout, path, &parts);
            prop_assert_eq!(mutated.cmp(&key) == Ordering::Equal, same);
        }
    }
}
