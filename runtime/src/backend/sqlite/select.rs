//! A query as SQL text and its parameters: a pure function of the request.
//!
//! The text depends on the request's shape alone, so SQLite's statement cache serves every query of
//! one shape. Each is one search of one index in that index's own order: equal columns, one range
//! on the next, the position to go on behind as a row value, and no sort. Called by
//! [`read`](super::read).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Bound;

use super::filter;
use super::sql::{PathSql, RecordSql};
use crate::key::{SelectRange, escape, prefix_end};
use crate::request::Query;
use crate::schema::{KeyForm, Path};
use crate::value::{Row, Value};

/// A statement and its parameters from the first on.
#[derive(Debug, PartialEq)]
pub(super) struct Select<'q> {
    /// The SQL.
    pub(super) text: String,
    /// The parameters.
    pub(super) values: Vec<Value<'q>>,
}

impl<'q> Select<'q> {
    fn new() -> Self {
        Self { text: String::with_capacity(256), values: Vec::with_capacity(8) }
    }

    /// Appends text.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends a parameter.
    pub(super) fn bind(&mut self, value: Value<'q>) {
        self.values.push(value);
        let _ = write!(self.text, "?{}", self.values.len());
    }

    /// Appends the last parameter once more.
    pub(super) fn bind_again(&mut self) {
        let _ = write!(self.text, "?{}", self.values.len());
    }

    /// Appends the word that begins the next condition.
    fn and(&mut self, first: &mut bool) {
        self.push(if *first { " WHERE " } else { " AND " });
        *first = false;
    }
}

/// The rows of one record, at most `limit` of them.
///
/// With [`Query::max_read`] a last column says whether the row passes, because rows that do not are
/// counted too. `None` where nothing can follow `after`.
pub(super) fn rows<'q>(
    record: &'q RecordSql,
    path: &'q PathSql,
    query: &'q Query<'_>,
    after: Option<&'q Row>,
    limit: usize,
) -> Option<Select<'q>> {
    let mut select = Select::new();
    select.push("SELECT ");
    select.push(&path.results);
    let counted = query.max_read.is_some();
    if counted {
        select.push(", (1");
        passes(&mut select, record, query);
        select.push(")");
    }
    from(&mut select, record, path);
    conditions(&mut select, record, path, query, after, !counted)?;
    let direction = if query.descending { " DESC" } else { "" };
    for (nth, &at) in open_columns(record, path, query).iter().enumerate() {
        select.push(if nth == 0 { " ORDER BY " } else { ", " });
        select.push(&record.columns[at]);
        select.push(direction);
    }
    select.push(" LIMIT ");
    select.bind(Value::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
    Some(select)
}

/// How many rows of one record there are, at most `limit`.
pub(super) fn count<'q>(
    record: &'q RecordSql,
    path: &'q PathSql,
    query: &'q Query<'_>,
    after: Option<&'q Row>,
    limit: Option<usize>,
) -> Option<Select<'q>> {
    let mut select = Select::new();
    select.push(if limit.is_some() { "SELECT count(*) FROM (SELECT 1" } else { "SELECT count(*)" });
    from(&mut select, record, path);
    conditions(&mut select, record, path, query, after, true)?;
    if let Some(limit) = limit {
        select.push(" LIMIT ");
        select.bind(Value::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
        select.push(")");
    }
    Some(select)
}

fn from(select: &mut Select<'_>, record: &RecordSql, path: &PathSql) {
    select.push(" FROM ");
    select.push(&record.name);
    // Left to itself, the planner takes any index that begins with the tenant for the primary key.
    select.push(" INDEXED BY ");
    select.push(&path.index);
}

/// The ordering columns that the request does not fix.
fn open_columns<'q>(record: &RecordSql, path: &'q PathSql, query: &Query<'_>) -> &'q [usize] {
    let tenant = usize::from(record.schema.roles.tenant.is_some());
    let fixed = path.columns.iter().take(query.equal.len());
    // A key names no field twice, so the fixed columns are the first of the order, each once.
    path.order.get(tenant + fixed.len()..).unwrap_or_default()
}

fn conditions<'q>(
    select: &mut Select<'q>,
    record: &'q RecordSql,
    path: &'q PathSql,
    query: &'q Query<'_>,
    after: Option<&'q Row>,
    passing: bool,
) -> Option<()> {
    let mut first = true;
    if let Some(tenant) = record.schema.roles.tenant {
        select.and(&mut first);
        select.push(&record.columns[tenant]);
        select.push(" = ");
        select.bind(query.tenant.value().map_or(Value::Null, Value::as_ref));
    }
    for (&at, value) in path.columns.iter().zip(query.equal.iter()) {
        select.and(&mut first);
        select.push(&record.columns[at]);
        select.push(" = ");
        select.bind(value);
    }
    if let (Some(range), Some(&at)) = (query.range, path.columns.get(query.equal.len())) {
        let form = form(record, query.path, query.equal.len());
        let (lower, upper) = bounds(range, form);
        // The position lies inside the range, so it stands for the bound on its own side, and
        // SQLite seeks to the position instead of to the range's beginning.
        let from_start = after.is_none();
        let sides = [
            (lower, "> ", ">= ", query.descending || from_start),
            (upper, "< ", "<= ", !query.descending || from_start),
        ];
        for (bound, excluded, included, wanted) in sides {
            let (operator, value) = match bound {
                Bound::Excluded(value) if wanted => (excluded, value),
                Bound::Included(value) if wanted => (included, value),
                _ => continue,
            };
            select.and(&mut first);
            select.push(&record.columns[at]);
            select.push(" ");
            select.push(operator);
            select.bind(value);
        }
    }
    if let Some(after) = after {
        select.and(&mut first);
        behind(select, record, path, query, after)?;
    }
    if first {
        // Without any condition SQLite would call its walk through the index a scan.
        let column = path.order.first().or_else(|| record.table.primary_key.first())?;
        select.and(&mut first);
        select.push(&record.columns[*column]);
        select.push(match record.table.columns[*column].kind {
            "INTEGER" => " >= -9223372036854775808",
            "BLOB" => " >= x''",
            _ => " >= ''",
        });
    }
    for &at in &path.present {
        select.push(" AND ");
        select.push(&record.columns[at]);
        select.push(" IS NOT NULL");
    }
    if passing {
        passes(select, record, query);
    }
    Some(())
}

/// The position to go on behind, as a comparison of row values.
fn behind<'q>(
    select: &mut Select<'q>,
    record: &'q RecordSql,
    path: &'q PathSql,
    query: &Query<'_>,
    after: &'q Row,
) -> Option<()> {
    let open = open_columns(record, path, query);
    if open.is_empty() {
        return None;
    }
    select.push("(");
    for (nth, &at) in open.iter().enumerate() {
        select.push(if nth == 0 { "" } else { ", " });
        select.push(&record.columns[at]);
    }
    select.push(if query.descending { ") < (" } else { ") > (" });
    for (nth, at) in open.iter().enumerate() {
        select.push(if nth == 0 { "" } else { ", " });
        let cell = path.position.iter().position(|position| position == at)?;
        select.bind(after.get(cell));
    }
    select.push(")");
    Some(())
}

/// The conditions that decide whether a row passes, each behind ` AND `.
fn passes<'q>(select: &mut Select<'q>, record: &RecordSql, query: &'q Query<'_>) {
    if let Some(at) = record.schema.roles.expires {
        let expires = &record.columns[at];
        let _ = write!(select.text, " AND ({expires} IS NULL OR {expires} > ");
        select.bind(Value::Int(query.now.as_micros()));
        select.push(")");
    }
    if let (Some(at), false) = (record.schema.roles.deleted, query.deleted) {
        let _ = write!(select.text, " AND {} IS NULL", record.columns[at]);
    }
    if let Some(filter) = query.filter {
        select.push(" AND ");
        filter::write(select, record, filter);
    }
}

fn form(record: &RecordSql, path: Path, placeholder: usize) -> KeyForm {
    record
        .schema
        .placeholders(path)
        .nth(placeholder)
        .map_or(KeyForm::Field, |placeholder| record.schema.form(path, placeholder))
}

fn bounds(range: &SelectRange, form: KeyForm) -> (Bound<Value<'_>>, Bound<Value<'_>>) {
    match range {
        SelectRange::Between(lower, upper) => {
            (lower.as_ref().map(Value::as_ref), upper.as_ref().map(Value::as_ref))
        }
        SelectRange::StartsWith(prefix) => {
            // A key column holds key text, whose beginning is the key text of the beginning.
            let start = match form {
                KeyForm::Field => Cow::Borrowed(prefix.as_str()),
                KeyForm::Text | KeyForm::Norm => {
                    let mut text = String::with_capacity(prefix.len());
                    escape(&mut text, prefix);
                    Cow::Owned(text)
                }
            };
            let end = prefix_end(&start);
            let upper =
                end.map_or(Bound::Unbounded, |end| Bound::Excluded(Value::Text(end.into())));
            (Bound::Included(Value::Text(start)), upper)
        }
    }
}
