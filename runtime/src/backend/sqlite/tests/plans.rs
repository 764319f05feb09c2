//! SQLite's own plan of every statement: a search of one index, and no sort.

use std::collections::BTreeSet;
use std::ops::Bound;

use rusqlite::Connection;

use super::fixture::{Ask, key, row, words};
use super::schemas::TABLE;
use crate::backend::sqlite::select;
use crate::backend::sqlite::sql::RecordSql;
use crate::key::SelectRange;
use crate::request::{Compare, Filter, Position};
use crate::schema::{Path, RecordSchema, Storage};
use crate::value::{Row, Value};

fn plan(connection: &Connection, text: &str) -> Vec<String> {
    let mut explained = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
    explained.raw_query().mapped(|row| row.get("detail")).collect::<Result<_, _>>().unwrap()
}

fn assert_search(connection: &Connection, text: &str, seen: &mut BTreeSet<String>) {
    for detail in plan(connection, text) {
        let element = detail.starts_with("SCAN _e VIRTUAL TABLE");
        let step = detail.starts_with("CO-ROUTINE")
            || detail.starts_with("SCAN (subquery")
            || detail.contains("CORRELATED SCALAR SUBQUERY");
        assert!(detail.starts_with("SEARCH") || element || step, "{text}\n{detail}");
        assert!(!detail.contains("TEMP B-TREE"), "{text}\n{detail}");
        if detail.starts_with("SEARCH") {
            seen.insert(detail);
        }
    }
}

fn sample(record: &RecordSchema, field: usize) -> Value<'static> {
    match record.fields[field].storage {
        Storage::Int | Storage::Timestamp => Value::Int(5),
        _ => words("x"),
    }
}

fn samples(record: &RecordSchema, path: Path) -> Row {
    let values: Vec<Value<'_>> =
        record.placeholders(path).map(|part| sample(record, part.field)).collect();
    key(record, path, &values)
}

/// Every shape of a query on one path.
fn shapes(record: usize, path: Path) -> Vec<Ask> {
    let schema = TABLE.records[record];
    let whole = samples(schema, path);
    let mut position: Vec<Value<'_>> = whole.iter().collect();
    let primary = samples(schema, Path::Primary);
    if path != Path::Primary {
        position.extend(primary.iter());
    }
    let after = Position { member: 0, row: row(&position) };
    let filter = Filter::Any(vec![
        Filter::Present(0),
        Filter::Compare { field: 0, compare: Compare::Equal, value: words("x") },
    ]);
    let fixed = schema.layout(path).partition.iter().filter(|part| part.placeholder.is_some());
    let mut asks = Vec::new();
    for equal in fixed.count()..=whole.len() {
        let values: Vec<Value<'_>> = whole.iter().take(equal).collect();
        let plain = Ask::new(record, path, row(&values));
        let mut ranges = vec![None];
        if equal < whole.len() {
            let value = || whole.get(equal).into_owned();
            let bounds = [
                (Bound::Included(value()), Bound::Excluded(value())),
                (Bound::Excluded(value()), Bound::Unbounded),
                (Bound::Unbounded, Bound::Included(value())),
            ];
            ranges.extend(bounds.map(|(lower, upper)| Some(SelectRange::Between(lower, upper))));
            if matches!(value(), Value::Text(_)) {
                ranges.push(Some(SelectRange::StartsWith("a b".to_owned())));
            }
        }
        for range in ranges {
            for bits in 0..32 {
                let is = |bit: u32| bits & (1 << bit) != 0;
                asks.push(Ask {
                    range: range.clone(),
                    descending: is(0),
                    after: is(1).then(|| after.clone()),
                    filter: is(2).then(|| filter.clone()),
                    count_only: is(3),
                    max_read: (is(4) && !is(3)).then_some(9),
                    limit: is(4).then_some(3),
                    ..plain.clone()
                });
            }
        }
    }
    asks
}

#[test]
fn every_query_is_a_search_without_a_sort() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(&TABLE.sqlite_ddl()).unwrap();
    let mut seen = BTreeSet::new();
    let mut checked = 0;
    for (at, schema) in TABLE.records.iter().enumerate() {
        let record = RecordSql::of(schema);
        let paths = (0..schema.indexes.len()).map(Path::Index);
        for path in std::iter::once(Path::Primary).chain(paths) {
            for ask in shapes(at, path) {
                let parts = record.path(path).unwrap();
                let select = ask.with(|query| {
                    let after = query.after.map(|position| &position.row);
                    let select = if query.count_only {
                        select::count(&record, parts, query, after, ask.limit)
                    } else {
                        select::rows(&record, parts, query, after, 20)
                    };
                    select.map(|select| select.text)
                });
                if let Some(text) = select {
                    assert_search(&connection, &text, &mut seen);
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 500, "only {checked} shapes");
    insta::assert_snapshot!(seen.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_statement_is_a_search() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(&TABLE.sqlite_ddl()).unwrap();
    let mut seen = BTreeSet::new();
    for schema in TABLE.records {
        let record = RecordSql::of(schema);
        let unique = record
            .unique
            .iter()
            .flat_map(|unique| std::iter::once(&unique.probe).chain(unique.sweep.as_ref()));
        let always = [&record.overwrite, &record.rewrite, &record.stored, &record.remove];
        let sometimes = [&record.save, &record.created, &record.delete_expired];
        let seeing = [&record.get, &record.delete].into_iter().chain(&record.delete_revision);
        let seeing = seeing.flat_map(|it| std::iter::once(&it.live).chain(&it.deleted));
        let single = always.into_iter().chain(sometimes.into_iter().flatten());
        for prepared in single.chain(seeing).chain(unique) {
            assert_search(&connection, &prepared.text, &mut seen);
        }
    }
    insta::assert_snapshot!(seen.into_iter().collect::<Vec<_>>().join("\n"));
}
