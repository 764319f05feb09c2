//! Transactions: all or nothing, whatever stands in the way and whoever is in the same group.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::both::{Both, DRAFTS, Draft, acme, draft_key, field, patch, patching};
use super::fixture::{Ask, Collect, at, block_on, get, key, open, row, tenant, words};
use super::schemas::{TABLE, TENSION};
use crate::ErrorKind;
use crate::backend::sqlite::Sqlite;
use crate::backend::{Backend, BoxFuture};
use crate::error::Result;
use crate::key::TenantKey;
use crate::request::{Action, Change, Compare, Expect, Filter, Get, Outcome, Transacted, Write};
use crate::schema::Path;
use crate::value::{Row, Value};

const INT: Change = Change::Add { min: i64::MIN, max: i64::MAX };

fn insert<'w>(tenant: &'w TenantKey, fields: &'w Row) -> Write<'w> {
    Write::new(tenant, DRAFTS, Action::Put { fields, expect: Expect::Absent }, at(20))
}

fn save<'w>(tenant: &'w TenantKey, fields: &'w Row, revision: u64) -> Write<'w> {
    let expect = Expect::Revision(revision);
    Write::new(tenant, DRAFTS, Action::Put { fields, expect }, at(20))
}

fn delete<'w>(tenant: &'w TenantKey, key: &'w Row, expect: Expect) -> Write<'w> {
    Write::new(tenant, DRAFTS, Action::Delete { key, expect }, at(20))
}

fn check<'w>(tenant: &'w TenantKey, key: &'w Row, expect: Expect) -> Write<'w> {
    Write::new(tenant, DRAFTS, Action::Check { key, expect }, at(20))
}

/// Drafts 1 to 3 on both, the third with a slug.
fn three() -> Both {
    let both = Both::new();
    for id in 1..=3 {
        let draft = Draft { slug: (id == 3).then_some("c"), count: Some(id), ..Draft::new(id) };
        both.put(&acme(), DRAFTS, &draft.row(), Expect::Absent, 10);
    }
    both
}

fn is_committed(answer: &std::result::Result<Transacted, String>, writes: usize) -> bool {
    matches!(answer, Ok(Transacted::Committed(outcomes)) if outcomes.len() == writes)
}

#[test]
fn every_action_is_committed_or_refused_at_its_position() {
    let acme = acme();
    let (first, second) = (draft_key(1), draft_key(2));
    let new = Draft { slug: Some("new"), ..Draft::new(4) }.row();
    let saved = Draft { revision: 2, created: 99, ..Draft::new(3) }.row();
    let more = patch(&[(field::COUNT, INT, Value::Int(10))]);
    let absent = draft_key(9);
    let good = [
        insert(&acme, &new),
        save(&acme, &saved, 1),
        patching(&acme, &first, &more, 20),
        delete(&acme, &second, Expect::Revision(1)),
        check(&acme, &absent, Expect::Absent),
    ];

    // Each in the others' midst, by the condition, the unique value and the patch.
    let (none, over) =
        (draft_key(8), patch(&[(field::COUNT, Change::Add { min: 0, max: 0 }, Value::Int(1))]));
    let other = draft_key(5);
    let taken = Draft { slug: Some("held"), ..Draft::new(6) }.row();
    let bad = [
        check(&acme, &none, Expect::Present),
        patching(&acme, &other, &over, 20),
        insert(&acme, &taken),
        delete(&acme, &none, Expect::Present),
    ];
    for bad in bad {
        for position in 0..=good.len() {
            let both = three();
            both.put(
                &acme,
                DRAFTS,
                &Draft { count: Some(100), ..Draft::new(5) }.row(),
                Expect::Absent,
                10,
            );
            both.put(
                &acme,
                DRAFTS,
                &Draft { slug: Some("held"), ..Draft::new(7) }.row(),
                Expect::Absent,
                10,
            );
            let before = both.all(DRAFTS);
            let mut writes = good.to_vec();
            writes.insert(position, bad);
            let answer = both.transact(&writes);
            let Ok(Transacted::Refused { at, .. }) = answer else { panic!("{answer:?}") };
            assert_eq!(at, position);
            assert_eq!(both.all(DRAFTS), before);
        }
    }

    let both = three();
    let answer = both.transact(&good);
    assert!(is_committed(&answer, good.len()), "{answer:?}");
    assert_eq!(both.compare(DRAFTS, 20), 3);
    let kept = get(&*both.sqlite, &acme, DRAFTS, &[&draft_key(3)], 20);
    assert_eq!(kept[0].1.get(8), Value::Int(10), "`created` is kept");
}

#[test]
fn conditions_are_judged_by_what_is_stored_and_seen() {
    let both = three();
    let acme = acme();
    let marked = patch(&[(field::DELETED, Change::Set, Value::Int(15))]);
    let places = [1, 2].map(draft_key);
    both.one(patching(&acme, &places[0], &marked, 15));
    let few = Filter::Compare { field: field::COUNT, compare: Compare::Less, value: Value::Int(3) };
    let hidden = check(&acme, &places[0], Expect::Present);
    let fits = Write { when: Some(&few), ..check(&acme, &places[1], Expect::Revision(1)) };
    let absent = check(&acme, &places[0], Expect::Absent);
    for (writes, refused) in [
        (vec![fits, hidden], Some(1)),
        (vec![fits, absent], Some(1)),
        (vec![fits, Write { deleted: true, ..hidden }], None),
        (vec![Write { deleted: true, when: Some(&few), ..hidden }, fits], None),
    ] {
        let answer = both.transact(&writes);
        match (answer, refused) {
            (Ok(Transacted::Refused { at, .. }), Some(expected)) => assert_eq!(at, expected),
            (Ok(Transacted::Committed(_)), None) => {}
            (other, _) => panic!("{other:?}"),
        }
    }
}

#[test]
fn no_record_and_no_unique_value_is_touched_twice() {
    let acme = acme();
    let third = draft_key(3);
    let taken = Draft { slug: Some("c"), ..Draft::new(4) }.row();
    let also = Draft { slug: Some("c"), ..Draft::new(5) }.row();
    let renamed = patch(&[(field::SLUG, Change::Set, words("d"))]);
    let to_taken = patch(&[(field::SLUG, Change::Set, words("c"))]);
    let (first, none) = (draft_key(1), draft_key(9));
    let failing = check(&acme, &none, Expect::Present);
    for writes in [
        vec![delete(&acme, &third, Expect::Anything), insert(&acme, &taken)],
        vec![patching(&acme, &third, &renamed, 20), insert(&acme, &taken)],
        vec![patching(&acme, &third, &renamed, 20), patching(&acme, &first, &to_taken, 20)],
        vec![insert(&acme, &taken), insert(&acme, &also)],
        vec![insert(&acme, &taken), check(&acme, &draft_key(4), Expect::Absent)],
        vec![failing, delete(&acme, &third, Expect::Anything), insert(&acme, &taken)],
    ] {
        let both = three();
        let before = both.all(DRAFTS);
        let error = both.transact(&writes).unwrap_err();
        assert!(error.starts_with("InvalidKey"), "{error}");
        assert_eq!(both.all(DRAFTS), before);
    }
}

#[test]
fn a_transaction_of_too_many_items_is_refused_whole() {
    let both = Both::new();
    let acme = acme();
    let rows: Vec<Row> = (0..101).map(|id| Draft::new(id).row()).collect();
    let writes: Vec<Write<'_>> = rows.iter().map(|row| insert(&acme, row)).collect();
    let error = both.transact(&writes).unwrap_err();
    assert!(error.starts_with("Limit"), "{error}");
    assert!(is_committed(&both.transact(&writes[..100]), 100));
    assert!(is_committed(&both.transact(&[]), 0));
    assert_eq!(both.compare(DRAFTS, 20), 100);
}

#[test]
fn expired_holders_make_room_only_if_all_is_committed() {
    let both = three();
    let acme = acme();
    let dying = Draft { slug: Some("x"), expires: Some(15), ..Draft::new(7) };
    both.put(&acme, DRAFTS, &dying.row(), Expect::Absent, 10);
    let heir = Draft { slug: Some("x"), ..Draft::new(8) }.row();
    let (none, place) = (draft_key(9), draft_key(7));
    let writes = [insert(&acme, &heir), check(&acme, &none, Expect::Present)];
    assert!(matches!(both.transact(&writes), Ok(Transacted::Refused { at: 1, .. })));
    assert_eq!(both.compare(DRAFTS, 10), 4, "the expired row is still there");
    let again = Draft::new(7).row();
    let writes = [insert(&acme, &heir), check(&acme, &place, Expect::Absent)];
    assert!(is_committed(&both.transact(&writes), 2));
    assert!(is_committed(&both.transact(&[insert(&acme, &again)]), 1));
    assert_eq!(both.compare(DRAFTS, 10), 5);
}

/// A backend of which futures are polled by hand.
struct Bench {
    directory: tempfile::TempDir,
    backend: Arc<dyn Backend>,
    acme: TenantKey,
    rows: Vec<Row>,
}

type Answer<'b> = BoxFuture<'b, Result<Transacted>>;

impl Bench {
    fn new(options: impl FnOnce(Sqlite) -> Sqlite, list: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let backend = open(options(Sqlite::at(directory.path().join("t.db"))), &TABLE).unwrap();
        let rows = (0..40)
            .map(|id| {
                let draft = Draft { slug: (id % 10 == 9).then_some("s"), ..Draft::new(id) }.row();
                let mut values: Vec<Value<'_>> = draft.iter().collect();
                let long = id % 10 == 8 && list > 0;
                values[field::LIST] = if long { words(&"x".repeat(list)) } else { Value::Null };
                row(&values)
            })
            .collect();
        Self { directory, backend, acme: tenant("acme"), rows }
    }

    fn write(&self, id: usize) -> BoxFuture<'_, Result<Vec<Outcome>>> {
        Box::pin(async move { self.backend.write(&[insert(&self.acme, &self.rows[id])]).await })
    }

    fn transact(&self, ids: &'static [usize]) -> Answer<'_> {
        Box::pin(async move {
            let writes: Vec<Write<'_>> =
                ids.iter().map(|&id| insert(&self.acme, &self.rows[id])).collect();
            self.backend.transact(&writes).await
        })
    }

    fn stored(&self) -> Vec<i64> {
        let all = Ask { now: 20, ..Ask::new(DRAFTS, Path::Primary, Row::default()) };
        let id = |(_, row): (usize, Row)| match row.get(1) {
            Value::Int(id) => id,
            other => panic!("{other:?}"),
        };
        all.run(&*self.backend).1.into_iter().map(id).collect()
    }
}

fn poll<T>(future: &mut BoxFuture<'_, T>) -> Poll<T> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn neighbours_of_a_failing_transaction_are_committed() {
    let bench = Bench::new(|sqlite| sqlite, 0);
    let (mut before, mut after) = (bench.write(0), bench.write(1));
    let mut fails = bench.transact(&[2, 9, 3, 0]);
    let mut fits = bench.transact(&[4, 5]);
    // All four are one group, which the first of them commits.
    assert!(poll(&mut before).is_pending());
    assert!(poll(&mut fails).is_pending());
    assert!(poll(&mut fits).is_pending());
    assert!(poll(&mut after).is_pending());
    assert!(matches!(poll(&mut before), Poll::Ready(Ok(_))));
    assert_eq!(bench.stored(), [0, 1, 4, 5]);
    let refused = block_on(fails).unwrap();
    assert!(
        matches!(
            refused,
            Transacted::Refused { at: 3, outcome: Outcome::Refused { stored: Some(_) } }
        ),
        "{refused:?}"
    );
    assert!(matches!(block_on(fits).unwrap(), Transacted::Committed(_)));
    let taken = block_on(bench.transact(&[6, 9])).unwrap();
    assert!(matches!(taken, Transacted::Committed(_)), "{taken:?}");
    let taken = block_on(bench.transact(&[7, 19])).unwrap();
    assert!(
        matches!(taken, Transacted::Refused { at: 1, outcome: Outcome::NotUnique { index: 0 } }),
        "{taken:?}"
    );
    assert_eq!(bench.stored(), [0, 1, 4, 5, 6, 9]);
}

#[test]
fn a_statement_that_fails_takes_its_transaction_alone() {
    let bench = Bench::new(|sqlite| sqlite, 0);
    let file = rusqlite::Connection::open(bench.directory.path().join("t.db")).unwrap();
    file.execute_batch("CREATE UNIQUE INDEX foreign_to_us ON Draft (created, id / 3)").unwrap();
    let mut before = bench.write(0);
    let mut fails = bench.transact(&[3, 6, 7]);
    assert!(poll(&mut before).is_pending());
    assert!(poll(&mut fails).is_pending());
    assert!(matches!(block_on(before).unwrap()[..], [Outcome::Applied { .. }]));
    let refused = block_on(fails).unwrap();
    let Transacted::Refused { at: 2, outcome: Outcome::Failed(error) } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(error.kind(), ErrorKind::UniqueViolation, "{error}");
    assert_eq!(bench.stored(), [0]);
}

#[test]
fn a_full_file_takes_none_of_a_transaction_and_all_of_its_neighbours() {
    // Some lists fit into the page cache until the commit, others are written before.
    for list in [40_000, 300_000] {
        let bench = Bench::new(|sqlite| sqlite.max_bytes(200 * 1024).cache_bytes(64 * 1024), list);
        let (mut before, mut after) = (bench.write(0), bench.write(1));
        let mut fails = bench.transact(&[2, 8, 18, 28, 38, 3]);
        let mut fits = bench.transact(&[4, 5]);
        for future in [&mut fails, &mut fits] {
            assert!(poll(future).is_pending());
        }
        for future in [&mut before, &mut after] {
            assert!(poll(future).is_pending());
        }
        let refused = block_on(fails).unwrap();
        let Transacted::Refused { at, outcome: Outcome::Failed(error) } = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
        assert!((1..=5).contains(&at), "{at}");
        assert!(matches!(block_on(fits).unwrap(), Transacted::Committed(_)));
        for future in [before, after] {
            assert!(matches!(block_on(future).unwrap()[..], [Outcome::Applied { .. }]));
        }
        assert_eq!(bench.stored(), [0, 1, 4, 5]);
        let later = block_on(bench.transact(&[6, 7])).unwrap();
        assert!(matches!(later, Transacted::Committed(_)), "{later:?}");
    }
}

#[test]
fn another_processs_lock_is_waited_for() {
    let bench = Bench::new(|sqlite| sqlite, 0);
    let holder = rusqlite::Connection::open(bench.directory.path().join("t.db")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut future = bench.transact(&[1, 2]);
    assert!(poll(&mut future).is_pending());
    assert!(poll(&mut future).is_pending());
    holder.execute_batch("COMMIT").unwrap();
    assert!(matches!(block_on(future).unwrap(), Transacted::Committed(_)));
    assert_eq!(bench.stored(), [1, 2]);
}

#[test]
fn a_dropped_transaction_leaves_all_or_nothing() {
    for polls in 0..3 {
        for crowded in [false, true] {
            let bench = Bench::new(|sqlite| sqlite, 0);
            let mut other = bench.write(20);
            if crowded {
                assert!(poll(&mut other).is_pending());
            }
            let mut future = bench.transact(&[1, 2, 3]);
            for _ in 0..polls {
                if poll(&mut future).is_ready() {
                    break;
                }
            }
            drop(future);
            assert!(block_on(other).is_ok());
            let stored = bench.stored();
            assert!(stored == [20] || stored == [1, 2, 3, 20], "{stored:?}");
            let file = rusqlite::Connection::open(bench.directory.path().join("t.db")).unwrap();
            file.execute_batch("BEGIN IMMEDIATE; ROLLBACK").expect("nothing is locked");
        }
    }
}

#[test]
fn a_snapshot_reads_several_records_and_counts_their_places_on() {
    let both = three();
    let acme = acme();
    both.put(&acme, 0, &super::fixture::Tension::new(5).row("acme"), Expect::Absent, 10);
    let marked = patch(&[(field::DELETED, Change::Set, Value::Int(15))]);
    both.one(patching(&acme, &draft_key(1), &marked, 15));
    let drafts = [1, 2, 9, 3].map(draft_key);
    let drafts = drafts.each_ref();
    let tension = key(&TENSION, Path::Primary, &[words("d1"), Value::Int(5)]);
    let tensions = [&tension];
    let get = |record, keys, deleted| Get {
        tenant: &acme,
        record,
        keys,
        eventual: false,
        deleted,
        now: at(20),
    };
    let gets =
        [get(DRAFTS, &drafts, false), get(0, &tensions, false), get(DRAFTS, &drafts[..1], true)];
    let places = [DRAFTS, DRAFTS, DRAFTS, DRAFTS, 0, DRAFTS];
    let found = both.snapshot(&gets, &places);
    assert_eq!(found.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1, 3, 4, 5]);
    let mut rows = Collect::of(&places);
    let unknown = [get(DRAFTS, &drafts, false), get(99, &tensions, false)];
    assert!(block_on(both.sqlite.snapshot(&unknown, &mut rows)).is_err());
    assert_eq!(
        both.snapshot(&gets, &places),
        found,
        "the connection came back without its transaction"
    );
}
