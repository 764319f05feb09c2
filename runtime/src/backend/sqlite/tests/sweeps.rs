//! Sweeps: expired rows go in steps, in the order of their keys.

use std::num::NonZeroUsize;

use super::both::{Both, DRAFTS, Draft, acme};
use super::fixture::{at, block_on, row, words};
use crate::backend::sqlite::sweep::LOOKS;
use crate::key::TenantKey;
use crate::request::{Expect, Sweep, Write};
use crate::value::Value;

#[test]
fn expired_rows_are_removed_whoever_owns_them_and_marked_or_not() {
    let both = Both::new();
    for owner in ["acme", "other"] {
        for id in 0..20 {
            let draft = Draft {
                expires: [None, Some(30), Some(40)][usize::try_from(id % 3).unwrap()],
                deleted: (id % 2 == 0).then_some(12),
                ..Draft::new(id)
            };
            let mut values: Vec<Value<'static>> =
                draft.row().iter().map(Value::into_owned).collect();
            values[0] = words(owner);
            let tenant = super::fixture::tenant(owner);
            both.put(&tenant, DRAFTS, &row(&values), Expect::Absent, 10);
        }
    }
    assert_eq!(both.sweep(DRAFTS, 3, 29), 0);
    assert_eq!(both.sweep(DRAFTS, 3, 30), 14);
    assert_eq!(both.compare(DRAFTS, 0), 13);
    assert_eq!(both.sweep(DRAFTS, 500, 40), 12);
    assert_eq!(both.compare(DRAFTS, 0), 7);
    assert_eq!(both.sweep(2, 500, 40), 0, "a record that does not expire");
}

#[test]
fn a_full_step_says_where_it_stopped() {
    let both = Both::new();
    for id in 0..4 {
        both.put(
            &acme(),
            DRAFTS,
            &Draft { expires: Some(20), ..Draft::new(id) }.row(),
            Expect::Absent,
            10,
        );
    }
    let limit = NonZeroUsize::new(3).unwrap();
    let mut sweep = Sweep { record: DRAFTS, now: at(20), after: None, limit };
    let step = block_on(both.sqlite.sweep(&sweep)).unwrap();
    assert_eq!((step.removed, &step.resume), (3, &Some(row(&[words("acme"), Value::Int(2)]))));
    sweep.after = step.resume;
    let step = block_on(both.sqlite.sweep(&sweep)).unwrap();
    assert_eq!((step.removed, step.resume), (1, None));
}

#[test]
fn a_row_that_was_written_again_meanwhile_stays() {
    let both = Both::new();
    let dying = Draft { expires: Some(20), ..Draft::new(1) }.row();
    both.put(&acme(), DRAFTS, &dying, Expect::Absent, 10);
    let limit = NonZeroUsize::new(3).unwrap();
    let sweep = Sweep { record: DRAFTS, now: at(20), after: None, limit };
    let pending = both.sqlite.sweep(&sweep);
    // The scan has found the row; before it is removed, somebody writes it anew.
    both.put(&acme(), DRAFTS, &Draft::new(1).row(), Expect::Absent, 20);
    assert_eq!(block_on(pending).unwrap().removed, 0);
    assert_eq!(both.compare(DRAFTS, 20), 1);
}

#[test]
fn a_step_looks_at_a_bounded_number_of_rows() {
    let both = Both::new();
    let rows: Vec<_> = (0..i64::try_from(LOOKS).unwrap() + 2)
        .map(|id| {
            let last = i64::try_from(LOOKS).unwrap() + 1;
            Draft { expires: (id == last).then_some(20), ..Draft::new(id) }.row()
        })
        .collect();
    let tenant = acme();
    let writes: Vec<Write<'_>> = rows
        .iter()
        .map(|fields| {
            let action = crate::request::Action::Put { fields, expect: Expect::Absent };
            Write::new(&tenant, DRAFTS, action, at(10))
        })
        .collect();
    block_on(both.sqlite.write(&writes)).unwrap();
    let limit = NonZeroUsize::new(5).unwrap();
    let mut sweep = Sweep { record: DRAFTS, now: at(20), after: None, limit };
    let step = block_on(both.sqlite.sweep(&sweep)).unwrap();
    assert_eq!(step.removed, 0);
    sweep.after = step.resume;
    assert!(sweep.after.is_some());
    let step = block_on(both.sqlite.sweep(&sweep)).unwrap();
    assert_eq!((step.removed, step.resume), (1, None));
}

#[test]
fn the_system_record_is_swept_as_any_other() {
    let both = Both::new();
    let system = super::schemas::TABLE.system().unwrap();
    let token = |expires: i64| {
        row(&[
            words(""),
            words("once"),
            words(&expires.to_string()),
            Value::Null,
            Value::Null,
            Value::Int(expires),
        ])
    };
    let owner = TenantKey::GLOBAL.of_system();
    for expires in [20, 30] {
        both.put(&owner, system, &token(expires), Expect::Absent, 10);
    }
    both.put(&owner, system, &token(20), Expect::Absent, 15);
    assert_eq!(both.sweep(system, 1, 20), 1);
    assert_eq!(both.sweep(system, 1, 30), 1);
}
