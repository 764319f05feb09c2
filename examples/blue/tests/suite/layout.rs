//! The layout of both tables: what a change of a record changes in storage.

use std::fmt::Write as _;

use blue::dialogue::Dialogues;
use blue::document::Documents;
use keyloom::Table as _;
use keyloom::schema::{Layout, TableSchema};

fn templates(table: &TableSchema) -> String {
    let mut out = format!("{}\n", table.name);
    for record in table.listed() {
        let template = |parts| Layout::template(parts, record.fields).to_string();
        let mut path = |name: &str, layout: &Layout| {
            let (partition, sort) = (template(layout.partition), template(layout.sort));
            writeln!(out, "  {name:<26} {partition:<32} {sort}").unwrap();
        };
        path(record.name, &record.primary);
        for index in record.indexes {
            let mark = if index.unique { ", unique" } else { "" };
            path(&format!("  {} (gsi{}{mark})", index.name, index.slot), &index.layout);
        }
    }
    out
}

#[test]
fn keys() {
    insta::assert_snapshot!(
        templates(Dialogues::schema()) + "\n" + &templates(Documents::schema())
    );
}

#[test]
fn sqlite() {
    insta::assert_snapshot!(format!("{}\n{}", Dialogues::sqlite_ddl(), Documents::sqlite_ddl()));
}
