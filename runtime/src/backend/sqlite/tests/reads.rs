//! Reads, compared with the memory backend over many rows and every shape of query.

use std::ops::Bound;

use super::both::{Both, Random};
use super::fixture::{Ask, Tension, block_on, get, key, open, put, row, tenant, words};
use super::schemas::{PERSPECTIVE, TABLE, TENSION};
use crate::backend::sqlite::{Sqlite, read::CHUNK};
use crate::error::Result;
use crate::key::{SelectRange, TenantKey};
use crate::request::{Compare, Expect, Filter, Outcome, Rows};
use crate::schema::Path;
use crate::value::{FieldSource, Row, Value};

const WORDS: [&str; 8] = ["a", "A b", "a#b", "ab", "Zoë", "\u{10FFFF}", "a\0b", "%20"];
const LABELS: [&str; 6] =
    ["[]", r#"["a"]"#, r#"["b","a b"]"#, r#"{"x":"a"}"#, r#"[["a"],1]"#, r#"["b",null]"#];

fn tension(random: &mut Random) -> Tension {
    Tension {
        dialogue: random.pick(&["d1", "d2"]).to_owned(),
        id: random.number(40),
        status: random.pick(&["open", "open!", "closed", ""]).to_owned(),
        title: format!("{}{}", random.pick(&WORDS), random.number(30)),
        labels: random.pick(&LABELS).to_owned(),
        weight: (!random.chance(3)).then(|| f64::from(random.number(4)) / 2.0),
        due: (!random.chance(2)).then(|| i64::from(random.number(5))),
        revision: i64::from(random.number(3)) + 1,
        created: 1,
        updated: i64::from(random.number(4)),
        expires: random.chance(4).then(|| 90 + i64::from(random.number(20))),
    }
}

/// The same writes to both, every outcome compared.
fn fill(both: &Both, random: &mut Random) {
    for _ in 0..400 {
        let owner = random.pick(&["acme", "other"]);
        let expect = match random.below(3) {
            0 => Expect::Absent,
            1 => Expect::Anything,
            _ => Expect::Revision(random.below(3) + 1),
        };
        let now = 88 + i64::from(random.number(20));
        both.put(&tenant(owner), 0, &tension(random).row(owner), expect, now);
        let name = random.pick(&WORDS);
        let perspective =
            row(&[words(owner), words("d1"), words(name), Value::Bytes(vec![0, 1].into())]);
        both.put(&tenant(owner), 1, &perspective, Expect::Anything, now);
        let note = row(&[Value::Int(i64::from(random.number(30))), words(name), Value::Int(now)]);
        both.put(&TenantKey::GLOBAL, 2, &note, Expect::Anything, now);
        let parent = random.chance(2).then(|| i64::from(random.number(4)));
        let parent = parent.map_or(Value::Null, Value::Int);
        let reply = row(&[words(owner), words(random.pick(&WORDS)), parent, words(name)]);
        both.put(&tenant(owner), 4, &reply, Expect::Anything, now);
    }
}

fn filter(random: &mut Random, depth: u32) -> Filter {
    let compares = [
        Compare::Equal,
        Compare::NotEqual,
        Compare::Less,
        Compare::LessOrEqual,
        Compare::Greater,
        Compare::GreaterOrEqual,
        Compare::Contains,
        Compare::StartsWith,
    ];
    if depth > 0 {
        let both = vec![filter(random, depth - 1), filter(random, depth - 1)];
        return match random.below(3) {
            0 => Filter::All(both),
            1 => Filter::Any(both),
            _ => Filter::Not(Box::new(filter(random, depth - 1))),
        };
    }
    let compare = compares[usize::try_from(random.below(8)).unwrap()];
    let text = matches!(compare, Compare::Contains | Compare::StartsWith);
    let (field, value) = match random.below(if text { 2 } else { 5 }) {
        0 => (4, words(random.pick(&["", "a", "A", "b", "a\0", "\u{10FFFF}", "Zo"]))),
        1 if compare == Compare::Contains => (5, words(random.pick(&["a", "b", "x"]))),
        1 => (3, words(random.pick(&["open", "o", "p", ""]))),
        2 => (6, Value::Real(f64::from(random.number(4)) / 2.0)),
        3 => (7, Value::Int(i64::from(random.number(5)))),
        _ => return Filter::Present(6 + usize::try_from(random.below(2)).unwrap()),
    };
    Filter::Compare { field, compare, value }
}

fn range(random: &mut Random, mut value: impl FnMut(&mut Random) -> Value<'static>) -> SelectRange {
    let mut bound = |random: &mut Random| match random.below(3) {
        0 => Bound::Unbounded,
        1 => Bound::Included(value(random)),
        _ => Bound::Excluded(value(random)),
    };
    let (lower, upper) = (bound(random), bound(random));
    SelectRange::Between(lower, upper)
}

fn small(random: &mut Random) -> Value<'static> {
    Value::Int(i64::from(random.number(6)))
}

/// A random query of one record.
fn ask(random: &mut Random) -> Ask {
    let text = |random: &mut Random| words(random.pick(&WORDS));
    let prefix = |random: &mut Random| {
        SelectRange::StartsWith(random.pick(&["a", "a ", "A", "zo", "\u{10FFFF}", "%"]).to_owned())
    };
    let (record, path, mut values, next): (_, _, Vec<Value<'_>>, Option<SelectRange>) =
        match random.below(9) {
            0 => (0, Path::Primary, vec![words("d1")], Some(range(random, small))),
            1 => (0, Path::Index(0), vec![words("open")], Some(range(random, small))),
            2 => (0, Path::Index(1), vec![], Some(prefix(random))),
            3 => (0, Path::Index(2), vec![], Some(range(random, small))),
            4 => (0, Path::Index(3), vec![], None),
            5 => (1, Path::Primary, vec![words("d1")], Some(range(random, text))),
            6 => (2, Path::Primary, vec![], Some(range(random, small))),
            7 => (4, Path::Primary, vec![text(random)], None),
            _ => (4, Path::Index(0), vec![small(random)], Some(prefix(random))),
        };
    let with_range = random.chance(2);
    if path == Path::Index(2) && !with_range && random.chance(2) {
        values.push(small(random));
    }
    let filtered = record == 0 && random.chance(2);
    let depth = random.number(3);
    Ask {
        range: next.filter(|_| with_range),
        descending: random.chance(2),
        limit: random.chance(2).then(|| 1 + usize::try_from(random.below(9)).unwrap()),
        max_read: random.chance(4).then(|| 1 + usize::try_from(random.below(9)).unwrap()),
        filter: filtered.then(|| filter(random, depth)),
        count_only: random.chance(5),
        now: 88 + i64::from(random.number(20)),
        ..Ask::new(record, path, key(TABLE.records[record], path, &values))
    }
}

#[test]
fn random_queries_answer_as_memory_does() {
    let random = &mut Random(1);
    let both = Both::new();
    fill(&both, random);
    let mut found = 0;
    for _ in 0..4_000 {
        found += both.same(&ask(random));
    }
    assert!(found > 5_000, "only {found} rows");
}

#[test]
fn every_position_continues_a_query() {
    let random = &mut Random(2);
    let both = Both::new();
    fill(&both, random);
    for _ in 0..60 {
        let whole = Ask { limit: None, max_read: None, count_only: false, ..ask(random) };
        let (_, expected) = whole.run(&*both.sqlite);
        // A bound on reading of one makes every row a position.
        let stepped = Ask { max_read: Some(1), ..whole };
        assert_eq!(stepped.run(&*both.sqlite).1, expected, "{stepped:?}");
    }
}

#[test]
fn collections_come_member_by_member() {
    let random = &mut Random(3);
    let both = Both::new();
    fill(&both, random);
    let mut found = 0;
    for _ in 0..200 {
        let ask = Ask {
            members: vec![1, 0],
            descending: random.chance(2),
            limit: random.chance(2).then(|| 1 + usize::try_from(random.below(30)).unwrap()),
            max_read: random.chance(2).then(|| 1 + usize::try_from(random.below(7)).unwrap()),
            count_only: random.chance(5),
            now: 88 + i64::from(random.number(20)),
            ..Ask::new(1, Path::Primary, key(&PERSPECTIVE, Path::Primary, &[words("d1")]))
        };
        found += both.same(&ask);
    }
    assert!(found > 1_000, "only {found} rows");
}

#[test]
fn long_scans_stop_at_a_chunk() {
    let both = Both::new();
    for id in 0..2 * CHUNK + 5 {
        let note = row(&[Value::Int(i64::try_from(id).unwrap()), words("x"), Value::Int(1)]);
        put(&*both.sqlite, &TenantKey::GLOBAL, 2, &note, Expect::Anything, 1);
    }
    let ask = Ask::new(2, Path::Primary, Row::default());
    let (visited, rows) = ask.step(&*both.sqlite);
    assert_eq!((visited.count, rows.len()), (CHUNK, CHUNK));
    assert!(visited.resume.is_some());
    let (count, rows) = ask.run(&*both.sqlite);
    assert_eq!((count, rows.len()), (2 * CHUNK + 5, 2 * CHUNK + 5));
    let counted = Ask { count_only: true, ..ask };
    assert_eq!(counted.step(&*both.sqlite).0.count, 2 * CHUNK + 5);
}

#[test]
fn a_get_of_many_keys_answers_by_position() {
    let both = Both::new();
    for id in [1, 3] {
        put(&*both.sqlite, &tenant("acme"), 0, &Tension::new(id).row("acme"), Expect::Absent, 1);
    }
    let keys: Vec<Row> =
        (1..=3).map(|id| key(&TENSION, Path::Primary, &[words("d1"), Value::Int(id)])).collect();
    let keys: Vec<&Row> = keys.iter().collect();
    let found = get(&*both.sqlite, &tenant("acme"), 0, &keys, 1);
    assert_eq!(found.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(get(&*both.sqlite, &tenant("other"), 0, &keys, 1).len(), 0);
}

#[test]
fn a_read_scope_shows_the_moment_it_was_opened() {
    let both = Both::new();
    let acme = tenant("acme");
    let insert = |id| {
        put(&*both.sqlite, &acme, 0, &Tension::new(id).row("acme"), Expect::Absent, 1);
    };
    insert(1);
    let scope = block_on(both.sqlite.read_scope()).unwrap();
    insert(2);
    let all = Ask { now: 1, ..Ask::new(0, Path::Index(3), Row::default()) };
    assert_eq!(all.run(&*scope).0, 1);
    assert_eq!(all.run(&*both.sqlite).0, 2);
    drop(scope);
    let scope = block_on(both.sqlite.read_scope()).unwrap();
    assert_eq!(all.run(&*scope).0, 2, "the connection came back without its transaction");
}

/// Looks at the one row of the test below.
struct Fails;

impl Rows for Fails {
    fn row(&mut self, _: usize, row: &mut dyn FieldSource) -> Result<()> {
        assert_eq!(row.value(0).unwrap(), Value::Int(1));
        assert_eq!(row.value(1).unwrap_err().to_string(), "text that is not UTF-8");
        assert_eq!(row.value(9).unwrap(), Value::Null);
        Ok(())
    }
}

#[test]
fn text_that_is_not_utf8_is_an_error_of_its_field() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.db");
    let backend = open(Sqlite::at(&path), &TABLE).unwrap();
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("INSERT INTO Note VALUES (1, CAST(x'FF' AS TEXT), 1)")
        .unwrap();
    let ask = Ask::new(2, Path::Primary, Row::default());
    let visited = ask.with(|query| block_on(backend.query(query, &mut Fails))).unwrap();
    assert_eq!(visited.count, 1);
    let note = row(&[Value::Int(1), words("x"), Value::Int(1)]);
    let refused = put(&*backend, &TenantKey::GLOBAL, 2, &note, Expect::Absent, 1);
    let Outcome::Refused { stored: Some(stored) } = refused else { panic!("{refused:?}") };
    assert_eq!(stored.get(1), Value::Bytes(vec![0xFF].into()));
}
