//! Snapshots of the SQL text of each record and request shape.

use std::fmt::Write as _;
use std::ops::Bound;

use super::fixture::{Ask, key, row, sql, words};
use super::schemas::{DRAFT, MEMO, NOTE, PERSPECTIVE, REPLY, SETTING, TABLE, TENSION};
use crate::backend::sqlite::sql::{Prepared, RecordSql};
use crate::backend::sqlite::{select, sweep};
use crate::key::SelectRange;
use crate::request::{Compare, Filter, Position};
use crate::schema::{Path, RecordSchema, SYSTEM};
use crate::value::{Row, Value};

fn all(record: &'static RecordSchema) -> String {
    let sql = sql(record);
    let mut out = String::new();
    let mut add = |name: &str, prepared: Option<&Prepared>| {
        if let Some(Prepared { text, cells, moment }) = prepared {
            let moment = if *moment { " + now" } else { "" };
            let _ = writeln!(out, "{name}: {text}\n    <- {cells:?}{moment}");
        }
    };
    add("get", Some(&sql.get.live));
    add("get deleted", sql.get.deleted.as_ref());
    add("insert", Some(&sql.insert));
    add("save", sql.save.as_ref());
    add("overwrite", Some(&sql.overwrite));
    add("rewrite", Some(&sql.rewrite));
    add("stored", Some(&sql.stored));
    add("stored_by_key", Some(&sql.stored_by_key));
    add("created", sql.created.as_ref());
    add("delete", Some(&sql.delete.live));
    add("delete deleted", sql.delete.deleted.as_ref());
    if let Some(delete) = &sql.delete_revision {
        add("delete_revision", Some(&delete.live));
        add("delete_revision deleted", delete.deleted.as_ref());
    }
    add("delete_expired", sql.delete_expired.as_ref());
    add("remove", Some(&sql.remove));
    for unique in &sql.unique {
        add("unique probe", Some(&unique.probe));
        add("unique sweep", unique.sweep.as_ref());
    }
    out
}

#[test]
fn a_record_with_every_role() {
    insta::assert_snapshot!(all(&TENSION));
}

#[test]
fn records_with_few_roles() {
    insta::assert_snapshot!([&PERSPECTIVE, &NOTE, &SETTING, &REPLY].map(all).join("\n"));
}

#[test]
fn records_that_are_deleted_softly() {
    insta::assert_snapshot!([&DRAFT, &MEMO].map(all).join("\n"));
}

#[test]
fn the_system_record() {
    insta::assert_snapshot!(format!("{}\n{}", sql(SYSTEM).table.ddl(), all(SYSTEM)));
}

#[test]
fn sweeps() {
    let texts = [&TENSION, &DRAFT, SYSTEM, &NOTE].map(|record| {
        [false, true]
            .map(|resumed| format!("{:?}", sweep::select(&sql(record), resumed)))
            .join("\n")
    });
    insta::assert_snapshot!(texts.join("\n"));
}

/// The text and parameters of a query's first member.
fn show(ask: &Ask) -> String {
    let record = RecordSql::of(TABLE.records[ask.members[0]]);
    let path = record.path(ask.path).unwrap();
    ask.with(|query| {
        let after = query.after.map(|position| &position.row);
        let select = if query.count_only {
            select::count(&record, path, query, after, ask.limit)
        } else {
            select::rows(&record, path, query, after, 20)
        };
        match select {
            Some(select) => format!("{}\n    <- {:?}\n", select.text, select.values),
            None => "nothing can follow\n".to_owned(),
        }
    })
}

fn tensions(path: Path, equal: &[Value<'_>]) -> Ask {
    Ask::new(0, path, key(&TENSION, path, equal))
}

fn between(lower: i64, upper: i64) -> SelectRange {
    SelectRange::Between(Bound::Included(Value::Int(lower)), Bound::Excluded(Value::Int(upper)))
}

fn behind(values: &[Value<'_>]) -> Position {
    Position { member: 0, row: row(values) }
}

#[test]
fn queries_of_the_primary_key() {
    let whole = tensions(Path::Primary, &[words("d1")]);
    let range = Ask { range: Some(between(5, 9)), ..whole.clone() };
    let after = Some(behind(&[words("d1"), Value::Int(6)]));
    insta::assert_snapshot!(
        [
            whole.clone(),
            Ask { descending: true, ..whole.clone() },
            range.clone(),
            Ask { after: after.clone(), ..range.clone() },
            Ask { after: after.clone(), descending: true, ..range.clone() },
            Ask { after, ..tensions(Path::Primary, &[words("d1"), Value::Int(6)]) },
            Ask { count_only: true, ..whole.clone() },
            Ask { count_only: true, limit: Some(7), ..range },
            Ask { max_read: Some(50), filter: Some(Filter::Present(7)), ..whole },
        ]
        .map(|ask| show(&ask))
        .join("\n")
    );
}

#[test]
fn queries_of_indexes() {
    let status = tensions(Path::Index(0), &[words("open")]);
    let title = tensions(Path::Index(1), &[]);
    let due = tensions(Path::Index(2), &[]);
    let every = tensions(Path::Index(3), &[]);
    insta::assert_snapshot!(
        [
            status.clone(),
            Ask {
                after: Some(behind(&[words("open"), Value::Int(3), words("d1"), Value::Int(6)])),
                range: Some(between(1, 5)),
                descending: true,
                ..status
            },
            Ask { range: Some(SelectRange::StartsWith("new y".to_owned())), ..title },
            Ask { range: Some(between(1, 5)), ..due.clone() },
            due,
            Ask { after: Some(behind(&[words("d1"), Value::Int(6)])), ..every.clone() },
            every,
        ]
        .map(|ask| show(&ask))
        .join("\n")
    );
}

#[test]
fn queries_of_softly_deleted_records() {
    let drafts = Ask::new(5, Path::Index(2), key(&DRAFT, Path::Index(2), &[words("open")]));
    insta::assert_snapshot!(
        [
            Ask { deleted: true, ..drafts.clone() },
            Ask { count_only: true, ..drafts.clone() },
            Ask { max_read: Some(9), filter: Some(Filter::Present(3)), ..drafts.clone() },
            drafts,
        ]
        .map(|ask| show(&ask))
        .join("\n")
    );
}

#[test]
fn queries_without_an_equal_column() {
    let notes = Ask::new(2, Path::Primary, Row::default());
    insta::assert_snapshot!(
        [
            Ask { after: Some(behind(&[Value::Int(6)])), ..notes.clone() },
            Ask { range: Some(between(3, 5)), ..notes.clone() },
            notes,
            Ask::new(2, Path::Index(0), Row::default()),
            Ask::new(3, Path::Primary, Row::default()),
            Ask { after: Some(behind(&[])), ..Ask::new(3, Path::Primary, Row::default()) },
        ]
        .map(|ask| show(&ask))
        .join("\n")
    );
}

#[test]
fn queries_of_key_columns() {
    let author = key(&REPLY, Path::Primary, &[words(" Ann B ")]);
    let parent = key(&REPLY, Path::Index(0), &[Value::Int(7), words("Ann B")]);
    insta::assert_snapshot!(
        [
            Ask { range: Some(between(3, 5)), ..Ask::new(4, Path::Primary, author) },
            Ask {
                range: Some(SelectRange::StartsWith("a b".to_owned())),
                ..Ask::new(4, Path::Index(0), parent)
            },
        ]
        .map(|ask| show(&ask))
        .join("\n")
    );
}

#[test]
fn filters() {
    let compare = |field, compare, value| Filter::Compare { field, compare, value };
    let whole = tensions(Path::Primary, &[words("d1")]);
    insta::assert_snapshot!(
        [
            compare(3, Compare::Equal, words("open")),
            compare(6, Compare::NotEqual, Value::Real(0.5)),
            compare(7, Compare::LessOrEqual, Value::Int(5)),
            compare(7, Compare::Equal, Value::Null),
            compare(7, Compare::NotEqual, Value::Null),
            compare(4, Compare::Contains, words("50%")),
            compare(4, Compare::StartsWith, words("A_")),
            compare(4, Compare::StartsWith, words("")),
            compare(5, Compare::Contains, words("urgent")),
            Filter::Not(Box::new(Filter::Any(vec![
                Filter::Present(6),
                Filter::All(vec![]),
                Filter::Any(vec![]),
            ]))),
        ]
        .map(|filter| show(&Ask { filter: Some(filter), ..whole.clone() }))
        .map(|text| text.split_once("ORDER").unwrap().0.rsplit_once("> ?3)").unwrap().1.to_owned())
        .join("\n")
    );
}
