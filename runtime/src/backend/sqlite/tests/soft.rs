//! Soft deletes: who sees a marked row, and what it keeps, as in memory.

use super::both::{Both, DRAFTS, Draft, acme, draft_key, field, patch, patching};
use super::fixture::{Ask, at, block_on, key, row, tenant, words};
use super::schemas::{DRAFT, TABLE};
use crate::backend::Backend;
use crate::key::TenantKey;
use crate::request::{Action, Change, Expect, Get, Outcome, Patch, Write};
use crate::schema::Path;
use crate::value::Value;

fn mark() -> Patch {
    patch(&[(field::DELETED, Change::Set, Value::Int(15))])
}

/// How many of the first three drafts a get finds.
fn found(backend: &dyn Backend, deleted: bool) -> usize {
    let keys = [1, 2, 3].map(draft_key);
    let keys = keys.each_ref();
    let tenant = acme();
    let get =
        Get { tenant: &tenant, record: DRAFTS, keys: &keys, eventual: false, deleted, now: at(20) };
    let mut rows = super::fixture::Collect::of(&[DRAFTS]);
    block_on(backend.get(&get, &mut rows)).unwrap();
    rows.rows.len()
}

#[test]
fn a_marked_row_is_read_only_by_those_who_ask() {
    let both = Both::new();
    let acme = acme();
    for id in 1..=3 {
        both.put(&acme, DRAFTS, &Draft::new(id).row(), Expect::Absent, 10);
    }
    both.one(patching(&acme, &draft_key(2), &mark(), 15));
    let expires = patch(&[
        (field::EXPIRES, Change::Set, Value::Int(20)),
        (field::DELETED, Change::Set, Value::Int(15)),
    ]);
    both.one(patching(&acme, &draft_key(3), &expires, 15));
    assert_eq!((found(&*both.sqlite, false), found(&*both.sqlite, true)), (1, 2));
    let by_status = key(&DRAFT, Path::Index(2), &[words("open")]);
    for ask in [
        Ask { now: 20, ..Ask::new(DRAFTS, Path::Primary, row(&[])) },
        Ask { now: 20, ..Ask::new(DRAFTS, Path::Index(2), by_status) },
    ] {
        for (deleted, expected) in [(false, 1), (true, 2)] {
            for (count_only, max_read) in
                [(false, None), (true, None), (false, Some(1)), (true, Some(1))]
            {
                let ask = Ask { max_read, count_only, deleted, ..ask.clone() };
                assert_eq!(both.same(&ask), expected, "{ask:?}");
            }
        }
    }
    let scope = block_on(both.sqlite.read_scope()).unwrap();
    let ask = Ask { now: 20, deleted: true, ..Ask::new(DRAFTS, Path::Primary, row(&[])) };
    assert_eq!(ask.run(&*scope).0, 2);
}

#[test]
fn a_marked_row_keeps_its_key_and_its_values_until_it_is_purged() {
    let both = Both::new();
    let acme = acme();
    let stored = Draft { slug: Some("a"), expires: Some(50), ..Draft::new(1) };
    both.put(&acme, DRAFTS, &stored.row(), Expect::Absent, 10);
    both.one(patching(&acme, &draft_key(1), &mark(), 15));

    let again = Draft::new(1).row();
    let insert = Action::Put { fields: &again, expect: Expect::Absent };
    let refused = both.one(Write::new(&acme, DRAFTS, insert, at(20)));
    let Outcome::Refused { stored: Some(found) } = refused else { panic!("{refused:?}") };
    assert_eq!(found.get(field::DELETED), Value::Int(15), "the marked row is told");
    let save = Action::Put { fields: &again, expect: Expect::Revision(1) };
    let missing = both.one(Write::new(&acme, DRAFTS, save, at(20)));
    assert!(matches!(missing, Outcome::Refused { stored: None }), "{missing:?}");
    let other = Draft { slug: Some("a"), ..Draft::new(2) }.row();
    let insert = Action::Put { fields: &other, expect: Expect::Absent };
    let taken = both.one(Write::new(&acme, DRAFTS, insert, at(20)));
    assert!(matches!(taken, Outcome::NotUnique { index: 0 }), "{taken:?}");

    let purge = |expect, now| {
        let (key, tenant) = (draft_key(1), tenant("acme"));
        let action = Action::Delete { key: &key, expect };
        both.one(Write { deleted: true, ..Write::new(&tenant, DRAFTS, action, at(now)) })
    };
    for (expect, now, stored) in [
        (Expect::Revision(9), 20, true),
        (Expect::Present, 50, false),
        (Expect::Revision(1), 50, false),
    ] {
        let refused = purge(expect, now);
        let Outcome::Refused { stored: found } = &refused else { panic!("{refused:?}") };
        assert_eq!(found.is_some(), stored, "{expect:?}");
    }
    let done = purge(Expect::Revision(1), 20);
    assert!(matches!(done, Outcome::Applied { existed: true, .. }), "{done:?}");
    let done = both.one(Write::new(&acme, DRAFTS, insert, at(20)));
    assert!(matches!(done, Outcome::Applied { .. }), "{done:?}");
    assert_eq!(both.compare(DRAFTS, 0), 1);
}

#[test]
fn a_marked_row_that_expired_holds_nothing() {
    let both = Both::new();
    let acme = acme();
    let stored = Draft { slug: Some("a"), expires: Some(50), deleted: Some(5), ..Draft::new(1) };
    both.put(&acme, DRAFTS, &stored.row(), Expect::Absent, 10);
    let other = Draft { slug: Some("a"), ..Draft::new(2) }.row();
    both.put(&acme, DRAFTS, &other, Expect::Absent, 50);
    both.put(&acme, DRAFTS, &Draft::new(1).row(), Expect::Absent, 50);
    assert_eq!(both.compare(DRAFTS, 0), 2);
}

#[test]
fn a_marked_row_is_restored_only_by_those_who_see_it() {
    let both = Both::new();
    let acme = acme();
    both.put(&acme, DRAFTS, &Draft::new(1).row(), Expect::Absent, 10);
    let place = draft_key(1);
    both.one(patching(&acme, &place, &mark(), 15));
    let again = both.one(patching(&acme, &place, &mark(), 16));
    assert!(matches!(again, Outcome::Refused { stored: None }), "{again:?}");
    let restore = patch(&[(field::DELETED, Change::Remove, Value::Null)]);
    let blind = patching(&acme, &place, &restore, 16);
    assert!(matches!(both.one(blind), Outcome::Refused { stored: None }));
    let restored = both.one(Write { deleted: true, ..blind });
    assert!(matches!(restored, Outcome::Patched(_)), "{restored:?}");
    assert_eq!(found(&*both.sqlite, false), 1);
    let check = both.one(patching(&acme, &place, &mark(), 17));
    assert!(matches!(check, Outcome::Patched(_)), "{check:?}");
}

#[test]
fn a_put_that_expects_nothing_replaces_a_marked_row_whole() {
    assert_eq!(TABLE.records[6].name, "Memo");
    let both = Both::new();
    let memo = |text: &str, created, deleted| {
        row(&[Value::Int(1), words(text), Value::Int(created), deleted])
    };
    let global = TenantKey::GLOBAL;
    let place = row(&[Value::Int(1)]);
    both.put(&global, 6, &memo("first", 1, Value::Null), Expect::Anything, 1);
    both.put(&global, 6, &memo("second", 2, Value::Null), Expect::Anything, 2);
    let marked = patch(&[(3, Change::Set, Value::Int(3))]);
    let action = Action::Patch { key: &place, patch: &marked, expect: Expect::Present };
    both.one(Write::new(&global, 6, action, at(3)));
    let third = memo("third", 4, Value::Null);
    let action = Action::Put { fields: &third, expect: Expect::Anything };
    let outcome = both.one(Write::new(&global, 6, action, at(4)));
    assert!(matches!(outcome, Outcome::Applied { existed: false, created: None }), "{outcome:?}");
    assert_eq!(both.compare(6, 4), 1);
    // A delete that expects nothing removes also what it does not see.
    both.one(Write::new(
        &global,
        6,
        Action::Patch { key: &place, patch: &marked, expect: Expect::Present },
        at(5),
    ));
    let delete = Action::Delete { key: &place, expect: Expect::Anything };
    let outcome = both.one(Write::new(&global, 6, delete, at(6)));
    assert!(matches!(outcome, Outcome::Applied { existed: false, .. }), "{outcome:?}");
    assert_eq!(both.compare(6, 6), 0);
}
