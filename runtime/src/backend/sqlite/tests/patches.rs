//! Patches: what each change does, their conditions and what refuses them, as in memory.

use super::both::{Both, DRAFTS, Draft, acme, draft_key, field, patch, patching};
use super::fixture::{Tension, at, get, key, tenant, words};
use super::schemas::TENSION;
use crate::ErrorKind;
use crate::request::{Action, Change, Compare, Expect, Filter, Outcome, Write};
use crate::schema::Path;
use crate::value::{Row, Value};

const INT: Change = Change::Add { min: i64::MIN, max: i64::MAX };

/// One patch of the draft, on both.
fn change(both: &Both, id: i64, steps: &[(usize, Change, Value<'_>)]) -> Outcome {
    both.one(patching(&acme(), &draft_key(id), &patch(steps), 20))
}

fn patched(outcome: Outcome) -> Row {
    match outcome {
        Outcome::Patched(row) => row,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_change_of_absent_and_of_stored_values() {
    let both = Both::new();
    both.put(&acme(), DRAFTS, &Draft::new(1).row(), Expect::Absent, 10);
    let json = |text: &'static str| Value::Text(text.into());
    // Each is made twice: where the field is absent, and where it is stored.
    for (at, change_of, operand, first, second) in [
        (field::SLUG, Change::Set, words("a"), words("a"), words("a")),
        (field::SLUG, Change::SetIfAbsent, words("b"), words("b"), words("b")),
        (field::SLUG, Change::Remove, Value::Null, Value::Null, Value::Null),
        (field::COUNT, INT, Value::Int(-3), Value::Int(-3), Value::Int(-6)),
        (field::COUNT, Change::Set, Value::Int(7), Value::Int(7), Value::Int(7)),
        (field::LIST, Change::Append, json("[1]"), json("[1]"), json("[1,1]")),
        (field::LIST, Change::Prepend, json(r#"["x"]"#), json(r#"["x"]"#), json(r#"["x","x"]"#)),
        (field::LIST, Change::Set, json("{}"), json("{}"), json("{}")),
        (field::TAGS, Change::Insert, json(r#"["b"]"#), json(r#"["b"]"#), json(r#"["b"]"#)),
        (field::TAGS, Change::Take, json(r#"["b"]"#), Value::Null, Value::Null),
    ] {
        change(&both, 1, &[(at, Change::Remove, Value::Null)]);
        for expected in [first, second] {
            let row = patched(change(&both, 1, &[(at, change_of, operand.clone())]));
            assert_eq!(row.get(at), expected, "{change_of:?}");
            let found = get(&*both.sqlite, &acme(), DRAFTS, &[&draft_key(1)], 20);
            assert_eq!(found.first().map(|(_, row)| row), Some(&row), "what is answered is stored");
        }
    }
    // Stored values that the change keeps or joins.
    for steps in [
        [
            (field::SLUG, Change::Set, words("kept")),
            (field::TAGS, Change::Set, json(r#"["a","c"]"#)),
        ],
        [
            (field::SLUG, Change::SetIfAbsent, words("no")),
            (field::TAGS, Change::Insert, json(r#"["b"]"#)),
        ],
        [(field::LIST, Change::Set, json("[0]")), (field::TAGS, Change::Take, json(r#"["a"]"#))],
    ] {
        patched(change(&both, 1, &steps));
    }
    let row = patched(change(&both, 1, &[(field::LIST, Change::Prepend, json("[8,9]"))]));
    assert_eq!(row.get(field::SLUG), words("kept"));
    assert_eq!(row.get(field::LIST), json("[8,9,0]"));
    assert_eq!(row.get(field::TAGS), json(r#"["b","c"]"#));
    assert_eq!(both.compare(DRAFTS, 20), 1);
}

#[test]
fn index_columns_follow_a_patch() {
    let both = Both::new();
    both.put(&acme(), 0, &Tension::new(1).row("acme"), Expect::Absent, 10);
    let place = key(&TENSION, Path::Primary, &[words("d1"), Value::Int(1)]);
    let renamed = patch(&[
        (4, Change::Set, words("  New Title ")),
        (8, INT, Value::Int(1)),
        (10, Change::Set, Value::Int(30)),
    ]);
    let action = Action::Patch { key: &place, patch: &renamed, expect: Expect::Revision(1) };
    patched(both.one(Write::new(&acme(), 0, action, at(20))));
    for (path, values) in [(0, vec![words("open")]), (1, vec![words("new title")]), (2, vec![])] {
        let path = Path::Index(path);
        let ask = super::fixture::Ask::new(0, path, key(&TENSION, path, &values));
        both.same(&ask);
    }
    let taken = Tension { title: "NEW title".to_owned(), ..Tension::new(2) }.row("acme");
    both.put(&acme(), 0, &taken, Expect::Absent, 20);
    assert_eq!(get(&*both.sqlite, &acme(), 0, &[&place], 20)[0].1.get(9), Value::Int(10));
}

#[test]
fn a_patch_meets_its_conditions_or_changes_nothing() {
    let both = Both::new();
    let acme = acme();
    let stored = Draft { count: Some(5), expires: Some(50), ..Draft::new(1) };
    both.put(&acme, DRAFTS, &stored.row(), Expect::Absent, 10);
    let more = patch(&[(field::COUNT, INT, Value::Int(1)), (field::REVISION, INT, Value::Int(1))]);
    let at_least = |value| Filter::Compare {
        field: field::COUNT,
        compare: Compare::GreaterOrEqual,
        value: Value::Int(value),
    };
    let write = |id: i64, expect, when: Option<&Filter>, now| {
        let (key, tenant) = (draft_key(id), tenant("acme"));
        let action = Action::Patch { key: &key, patch: &more, expect };
        both.one(Write { when, ..Write::new(&tenant, DRAFTS, action, at(now)) })
    };
    let missing = write(2, Expect::Present, None, 20);
    assert!(matches!(missing, Outcome::Refused { stored: None }), "{missing:?}");
    let expired = write(1, Expect::Present, None, 50);
    assert!(matches!(expired, Outcome::Refused { stored: None }), "{expired:?}");
    for refused in [
        write(1, Expect::Revision(2), None, 20),
        write(1, Expect::Revision(u64::MAX), None, 20),
        write(1, Expect::Present, Some(&at_least(6)), 20),
        write(1, Expect::Revision(1), Some(&Filter::Present(field::SLUG)), 20),
    ] {
        let Outcome::Refused { stored: Some(row) } = refused else { panic!("{refused:?}") };
        assert_eq!(row, stored.row());
    }
    patched(write(1, Expect::Revision(1), Some(&at_least(5)), 20));
    patched(write(1, Expect::Present, Some(&at_least(6)), 20));
    assert_eq!(both.compare(DRAFTS, 20), 1);
}

#[test]
fn a_patch_that_makes_no_record_fails_and_leaves_the_old_one() {
    let both = Both::new();
    let acme = acme();
    let stored = Draft { count: Some(i64::MAX), list: Some("{}"), ..Draft::new(1) };
    both.put(&acme, DRAFTS, &stored.row(), Expect::Absent, 10);
    let half = Value::Text(format!("[\"{}\"]", "x".repeat(300_000)).into());
    for (steps, kind) in [
        (vec![(field::COUNT, INT, Value::Int(1))], ErrorKind::InvalidValue),
        (
            vec![(field::COUNT, Change::Add { min: 0, max: 10 }, Value::Int(-1))],
            ErrorKind::InvalidValue,
        ),
        (vec![(field::LIST, Change::Append, words("[1]"))], ErrorKind::InvalidValue),
        (
            vec![(field::LIST, Change::Set, half.clone()), (field::TAGS, Change::Set, half)],
            ErrorKind::Limit,
        ),
        (vec![(field::SLUG, Change::Set, words(&"s".repeat(2_000)))], ErrorKind::InvalidKey),
    ] {
        let outcome = change(&both, 1, &steps);
        let Outcome::Failed(error) = outcome else { panic!("{outcome:?}") };
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(get(&*both.sqlite, &acme, DRAFTS, &[&draft_key(1)], 20)[0].1, stored.row());
    }
}

#[test]
fn a_patch_takes_a_unique_value_that_is_free_or_expired() {
    let both = Both::new();
    let acme = acme();
    let held = |id, expires| Draft { slug: Some("a"), expires, ..Draft::new(id) };
    both.put(&acme, DRAFTS, &held(1, Some(50)).row(), Expect::Absent, 10);
    both.put(&acme, DRAFTS, &Draft { count: Some(3), ..Draft::new(2) }.row(), Expect::Absent, 10);
    let take = patch(&[(field::SLUG, Change::Set, words("a"))]);
    let own = draft_key(2);
    let taken = both.one(patching(&acme, &own, &take, 20));
    assert!(matches!(taken, Outcome::NotUnique { index: 0 }), "{taken:?}");
    patched(both.one(patching(&acme, &own, &take, 50)));
    patched(both.one(patching(&acme, &own, &take, 51)));
    assert_eq!(both.compare(DRAFTS, 0), 1, "the expired holder made room");
    // Room is made by expired holders only where nobody alive stands in the way as well.
    both.put(
        &acme,
        DRAFTS,
        &Draft { count: Some(4), expires: Some(60), ..Draft::new(3) }.row(),
        Expect::Absent,
        51,
    );
    let both_values = patch(&[
        (field::SLUG, Change::Set, words("a")),
        (field::COUNT, Change::Set, Value::Int(4)),
    ]);
    both.put(&acme, DRAFTS, &Draft::new(4).row(), Expect::Absent, 51);
    let refused = both.one(patching(&acme, &draft_key(4), &both_values, 60));
    assert!(matches!(refused, Outcome::NotUnique { index: 0 }), "{refused:?}");
    assert_eq!(both.compare(DRAFTS, 0), 3, "the expired holder is still there");
}

#[test]
fn a_put_replaces_its_own_expired_row_that_holds_a_value_others_held_too() {
    let both = Both::new();
    let acme = acme();
    // The row under the key has expired and is swept with the holder of the slug; it comes again whole.
    both.put(
        &acme,
        DRAFTS,
        &Draft { count: Some(1), expires: Some(20), ..Draft::new(1) }.row(),
        Expect::Absent,
        10,
    );
    both.put(
        &acme,
        DRAFTS,
        &Draft { slug: Some("a"), expires: Some(20), ..Draft::new(2) }.row(),
        Expect::Absent,
        10,
    );
    let row = Draft { slug: Some("a"), count: Some(1), ..Draft::new(1) }.row();
    for expect in [Expect::Absent, Expect::Anything] {
        let action = Action::Put { fields: &row, expect };
        let outcome =
            both.one(Write { deleted: true, ..Write::new(&acme, DRAFTS, action, at(30)) });
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
        both.one(Write::new(
            &acme,
            DRAFTS,
            Action::Delete { key: &draft_key(1), expect: Expect::Anything },
            at(30),
        ));
        both.put(
            &acme,
            DRAFTS,
            &Draft { count: Some(1), expires: Some(20), ..Draft::new(1) }.row(),
            Expect::Absent,
            10,
        );
        both.put(
            &acme,
            DRAFTS,
            &Draft { slug: Some("a"), expires: Some(20), ..Draft::new(2) }.row(),
            Expect::Absent,
            10,
        );
    }
}

#[test]
fn a_delete_has_conditions_too() {
    let both = Both::new();
    let acme = acme();
    both.put(
        &acme,
        DRAFTS,
        &Draft { expires: Some(50), ..Draft::new(1) }.row(),
        Expect::Absent,
        10,
    );
    let delete = |expect, when: Option<&Filter>, now| {
        let (key, tenant) = (draft_key(1), tenant("acme"));
        let action = Action::Delete { key: &key, expect };
        both.one(Write { when, ..Write::new(&tenant, DRAFTS, action, at(now)) })
    };
    let refused = delete(Expect::Present, Some(&Filter::Present(field::SLUG)), 20);
    assert!(matches!(refused, Outcome::Refused { stored: Some(_) }), "{refused:?}");
    let expired = delete(Expect::Present, None, 50);
    assert!(matches!(expired, Outcome::Refused { stored: None }), "{expired:?}");
    let done = delete(Expect::Anything, Some(&Filter::Present(field::EXPIRES)), 20);
    assert!(matches!(done, Outcome::Applied { existed: true, .. }), "{done:?}");
    let gone = delete(Expect::Present, None, 20);
    assert!(matches!(gone, Outcome::Refused { stored: None }), "{gone:?}");
    // Nothing can be true of a record that is not there.
    let gone = delete(Expect::Anything, Some(&Filter::Present(field::EXPIRES)), 20);
    assert!(matches!(gone, Outcome::Refused { stored: None }), "{gone:?}");
}

#[test]
fn a_revision_of_a_record_without_one_is_never_the_stored_one() {
    let both = Both::new();
    let acme = acme();
    let perspective = super::fixture::row(&[
        words("acme"),
        words("d1"),
        words("n"),
        Value::Bytes(vec![1].into()),
    ]);
    both.put(&acme, 1, &perspective, Expect::Anything, 10);
    both.put(&acme, 1, &perspective, Expect::Revision(1), 10);
    let place = super::fixture::row(&[words("d1"), words("n")]);
    let action = Action::Delete { key: &place, expect: Expect::Revision(1) };
    let refused = both.one(Write::new(&acme, 1, action, at(10)));
    assert!(matches!(refused, Outcome::Refused { stored: Some(_) }), "{refused:?}");
}
