//! The rules over schemas written by hand.

use std::panic::{UnwindSafe, catch_unwind};

use super::*;
use crate::schema::fixture::{index, layout, norm, part, plain, slot, text, wide};
use crate::schema::{FieldSchema, IndexSchema, Roles, Sequence, Storage};

const TENANT: usize = 0;
const PLACE: usize = 1;
const NAME: usize = 2;
const NUMBER: usize = 3;
const STATUS: usize = 4;
const SCORE: usize = 5;

const FIELDS: &[FieldSchema] = &[
    part("tenant", KeyKind::Text),
    part("place", KeyKind::Text),
    part("name", KeyKind::Text),
    part("number", KeyKind::Unsigned { bits: 32 }),
    part("status", KeyKind::Words(&["open", "done"])),
    plain("score", Storage::Real),
];

const PLACES: &[Component] = &[text("place"), slot("", PLACE)];

fn keep(components: &[Component]) -> &'static [Component] {
    components.to_vec().leak()
}

fn still<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn record(name: &'static str, sort: &[Component]) -> RecordSchema {
    RecordSchema {
        name,
        fields: FIELDS,
        roles: Roles { tenant: Some(TENANT), ..Roles::NONE },
        primary: layout(PLACES, keep(sort)),
        indexes: &[],
        sequence: None,
        inert: false,
    }
}

fn indexed(
    name: &'static str,
    sort: &[Component],
    indexes: &'static [IndexSchema],
) -> RecordSchema {
    RecordSchema { indexes, ..record(name, sort) }
}

/// The message of the rule that `check` breaks.
fn broken(check: impl FnOnce() + UnwindSafe) -> Option<String> {
    let panic = catch_unwind(check).err()?;
    Some(panic.downcast_ref::<String>().expect("a message").clone())
}

/// What the table's rule says of two records.
fn pair(a: RecordSchema, b: RecordSchema) -> Option<String> {
    let records = vec![still(a), still(b)].leak();
    let table = still(TableSchema { name: "t", records });
    broken(|| check_record_of_table(table, 1))
}

#[track_caller]
fn apart(a: &[Component], b: &[Component]) {
    assert_eq!(pair(record("A", a), record("B", b)), None);
    assert_eq!(pair(record("A", b), record("B", a)), None);
}

#[track_caller]
fn collides(a: &[Component], b: &[Component], expected: &str) {
    for found in [pair(record("A", a), record("B", b)), pair(record("A", b), record("B", a))] {
        let found = found.expect("the rule is broken");
        assert!(found.contains(expected), "{found}");
    }
}

const SAME_KEY: &str = "can produce the same key";
const RETURNS: &str = "overlap: a query ";

#[test]
fn two_records_may_not_have_one_key() {
    collides(&[text("meta")], &[text("meta")], SAME_KEY);
    collides(&[slot("", NAME)], &[text("meta")], SAME_KEY);
    collides(&[text("a"), slot("", NUMBER)], &[text("a"), slot("", NAME)], SAME_KEY);
    collides(&[slot("", STATUS)], &[text("done")], SAME_KEY);
}

#[test]
fn a_child_below_its_parent_is_returned_with_it() {
    collides(&[text("a"), slot("", NAME)], &[text("a"), slot("", NAME), text("b")], RETURNS);
    collides(&[text("a")], &[text("a"), slot("", NAME)], RETURNS);
    collides(&[slot("v", NUMBER)], &[text("vx")], RETURNS);
    collides(&[slot("", NUMBER)], &[text("meta")], RETURNS);
    collides(&[text("a"), slot("v", NAME)], &[text("a"), slot("v", NUMBER), text("b")], RETURNS);
}

#[test]
fn other_literals_part_records() {
    apart(&[text("meta")], &[text("item"), slot("", NAME)]);
    apart(&[text("a"), slot("", NAME)], &[text("a-b"), slot("", NAME)]);
    apart(&[text("a"), slot("", NAME)], &[text("a_event"), slot("", NAME), slot("", NUMBER)]);
    apart(&[slot("v", NUMBER)], &[slot("w", NUMBER)]);
    apart(&[text("a"), slot("x", NAME)], &[text("a"), slot("y", NAME)]);
    // The query of the longer ends in `#`, which the shorter one's key does not have.
    apart(&[slot("v", STATUS), text("x")], &[text("w")]);
}

#[test]
fn records_in_other_partitions_never_meet() {
    const OTHER: &[Component] = &[text("other"), slot("", PLACE)];
    const LONGER: &[Component] = &[text("place"), slot("", PLACE), slot("", NAME)];
    for partition in [OTHER, LONGER] {
        let a = record("A", &[text("meta")]);
        let b = RecordSchema {
            primary: layout(keep(partition), keep(&[text("meta")])),
            ..record("B", &[])
        };
        assert_eq!(pair(a, b), None);
    }
}

#[test]
fn global_records_and_inert_ones_meet_nothing() {
    let a = record("A", &[text("meta")]);
    let global = RecordSchema { roles: Roles::NONE, ..record("B", &[text("meta")]) };
    assert_eq!(pair(a, global), None);
    let a = record("A", &[text("meta")]);
    assert_eq!(pair(a, RecordSchema { inert: true, ..record("B", &[text("meta")]) }), None);
}

#[test]
fn names_differ_by_more_than_case() {
    let found = pair(record("Item", &[text("a")]), record("ITEM", &[text("b")]));
    assert!(found.expect("the rule is broken").contains("are named `ITEM`"));
}

const STATUSES: &[Component] = &[text("status"), slot("", STATUS)];

#[test]
fn records_of_one_index_slot_are_told_apart_by_its_sort_and_then_the_primary_key() {
    const BARE: &[IndexSchema] = &[index("all", layout(STATUSES, &[]), 1)];
    const LITERAL: &[IndexSchema] = &[index("all", layout(STATUSES, &[text("place")]), 1)];
    const OTHER: &[IndexSchema] =
        &[index("all", layout(STATUSES, &[text("b"), slot("", NUMBER)]), 1)];
    const SECOND: &[IndexSchema] = &[index("all", layout(STATUSES, &[]), 2)];
    let (a, b) = (&[text("a")], &[text("b")]);
    // Without a sort the query returns the whole partition.
    let found = pair(indexed("A", a, BARE), indexed("B", b, OTHER));
    assert!(found.expect("the rule is broken").contains(RETURNS));
    // The other's stored sort key goes on with `place#…`, its own partition's components.
    let found = pair(indexed("A", a, LITERAL), indexed("B", b, BARE));
    assert!(found.expect("the rule is broken").contains(RETURNS));
    assert_eq!(pair(indexed("A", a, LITERAL), indexed("B", b, OTHER)), None);
    assert_eq!(pair(indexed("A", a, BARE), indexed("B", b, SECOND)), None);
}

#[test]
fn the_stored_components_of_an_index_go_on_with_the_primary_key() {
    const BY_NAME: &[IndexSchema] = &[index("by_name", layout(STATUSES, &[slot("n", NAME)]), 1)];
    const DEEP: &[IndexSchema] =
        &[index("deep", layout(STATUSES, &[text("nx"), text("place")]), 1)];
    const PAST: &[IndexSchema] =
        &[index("past", layout(STATUSES, &[text("nx"), text("elsewhere")]), 1)];
    let record = indexed("A", &[text("a"), slot("", NUMBER)], BY_NAME);
    let literal = |path, at| stored_component(&record, path, at).map(|part| part.literal);
    let path = Path::Index(0);
    let found: Vec<_> = (0..6).map(|at| literal(path, at)).collect();
    assert_eq!(found, [Some("n"), Some("place"), Some(""), Some("a"), Some(""), None]);
    assert_eq!(literal(Path::Primary, 2), None);

    // `n{name}` of one record against a literal that only the continuation reaches.
    let deep = indexed("B", &[text("b")], DEEP);
    assert!(query_returns(&deep, path, &record, path));
    let past = indexed("B", &[text("b")], PAST);
    assert!(!query_returns(&past, path, &record, path));
    assert!(query_returns(&record, path, &past, path), "`nx` begins with `n`");
}

#[test]
fn constraints_are_no_indexes_that_overlap() {
    const INDEX: &[IndexSchema] = &[index("name", layout(&[slot("", NAME)], &[]), 1)];
    const CONSTRAINT: &[IndexSchema] = &[index("name", layout(&[slot("", NAME)], &[]), 0)];
    let two =
        |indexes| pair(indexed("A", &[text("a")], indexes), indexed("B", &[text("b")], indexes));
    assert!(two(INDEX).is_some());
    assert_eq!(two(CONSTRAINT), None);
}

#[test]
fn members_come_in_the_order_of_their_widest_prefixes() {
    fn order<const N: usize>(sorts: [&[Component]; N]) -> [usize; N] {
        let mut at = 10;
        order_members(sorts.map(|sort| {
            at += 1;
            (at, still(record("R", sort)))
        }))
        .map(|member| {
            assert_eq!(member.record, member.member + 11);
            member.member
        })
    }
    assert_eq!(order([&[text("b")], &[text("a")], &[text("c")]]), [1, 0, 2]);
    // `#` sorts below `-`, and a lone literal before what it begins.
    assert_eq!(
        order([&[text("a-b"), slot("", NAME)], &[text("a"), slot("", NAME)], &[text("a0")]]),
        [1, 0, 2]
    );
    assert_eq!(order([&[text("tension_event"), slot("", NAME)], &[text("tension")]]), [1, 0]);
    assert_eq!(order([&[slot("w", NUMBER)], &[slot("v", NUMBER)]]), [1, 0]);
    assert_eq!(
        order([&[text("a"), text("z"), slot("", NAME)], &[text("a"), slot("b", NAME)]]),
        [1, 0]
    );
    assert_eq!(order::<0>([]), [0_usize; 0]);
}

#[test]
fn members_share_the_literals_and_types_of_their_partition() {
    fn member(partition: &[Component], tenant: bool) -> Option<String> {
        let first = record("First", &[text("a")]);
        let roles = if tenant { first.roles } else { Roles::NONE };
        let second = RecordSchema {
            roles,
            primary: layout(keep(partition), keep(&[text("b")])),
            ..record("Second", &[])
        };
        let members = vec![still(first), still(second)].leak();
        let collection = still(CollectionSchema { name: "c", members });
        broken(|| check_member(collection, 1))
    }
    assert_eq!(member(PLACES, true), None);
    assert_eq!(member(&[text("place"), slot("", NAME)], true), None);
    assert!(member(PLACES, false).is_some());
    assert!(member(&[text("place")], true).is_some());
    assert!(member(&[text("places"), slot("", PLACE)], true).is_some());
    assert!(member(&[text("place"), slot("x", PLACE)], true).is_some());
    assert!(member(&[text("place"), norm("", PLACE)], true).is_some());
    assert!(member(&[text("place"), slot("", NUMBER)], true).is_some());
    assert!(member(&[text("place"), text("x")], true).is_some());
}

#[test]
fn widths_stand_on_integers_and_norm_on_text() {
    fn check(sort: &[Component]) -> Option<String> {
        let record = still(record("A", sort));
        broken(|| check_sort(record, Path::Primary))
    }
    assert_eq!(check(&[wide("", NUMBER, 4), norm("", NAME)]), None);
    let found = check(&[wide("", NAME, 4)]).expect("the rule is broken");
    assert!(found.contains("field `name` of `A` is not an integer"), "{found}");
    let found = check(&[norm("", NUMBER)]).expect("the rule is broken");
    assert!(found.contains("field `number` of `A` is not text"), "{found}");
    // A field that is no key part is reported elsewhere, and hides nothing behind it.
    assert_eq!(check(&[slot("", SCORE)]), None);
    assert!(check(&[slot("", SCORE), wide("", NAME, 4)]).is_some());
}

#[test]
fn the_layouts_of_indexes_are_checked_too() {
    const BAD: &[IndexSchema] = &[index("bad", layout(STATUSES, &[wide("", NAME, 3)]), 1)];
    let record = still(indexed("A", &[text("a")], BAD));
    assert_eq!(broken(|| check_sort(record, Path::Primary)), None);
    assert_eq!(broken(|| check_partition(record, Path::Index(0))), None);
    assert!(broken(|| check_sort(record, Path::Index(0))).is_some());
}

#[test]
fn the_scope_of_a_sequence_is_checked_too() {
    let check = |scope: &[Component]| {
        let sequence = Sequence { field: NUMBER, max: 9, scope: keep(scope), stream: false };
        let record = RecordSchema { sequence: Some(sequence), ..record("A", &[text("a")]) };
        let record = still(record);
        broken(|| check_scope(record))
    };
    assert_eq!(check(&[text("rounds"), wide("", NUMBER, 3)]), None);
    assert!(check(&[wide("", NAME, 3)]).is_some());
    assert_eq!(broken(|| check_scope(still(record("A", &[text("a")])))), None);
}
