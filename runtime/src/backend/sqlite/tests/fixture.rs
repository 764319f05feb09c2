//! An executor, and short ways to write and read.

use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use super::schemas::TABLE;
use crate::Timestamp;
use crate::backend::sqlite::{Sqlite, sql::RecordSql};
use crate::backend::{Backend, Engine, Reader};
use crate::error::{Error, Result};
use crate::key::{KeyKind, SelectRange, TenantKey, settle};
use crate::request::{
    Action, Expect, Filter, Get, Member, Outcome, Position, Query, Rows, Visited, Write,
};
use crate::schema::{Path, RecordSchema, TableSchema};
use crate::value::{FieldSource, Row, Value};

/// The SQL of a record.
pub(super) fn sql(record: &'static RecordSchema) -> RecordSql {
    RecordSql::of(record)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

pub(super) fn open(sqlite: Sqlite, table: &'static TableSchema) -> Result<Arc<dyn Backend>> {
    block_on(Engine::open(Box::new(sqlite), table))
}

/// The error with which a table is not opened.
pub(super) fn refused(sqlite: Sqlite, table: &'static TableSchema) -> Error {
    match open(sqlite, table) {
        Ok(_) => panic!("the table was opened"),
        Err(error) => error,
    }
}

pub(super) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}

pub(super) fn tenant(name: &str) -> TenantKey {
    TenantKey::new(KeyKind::Text, words(name)).unwrap()
}

pub(super) fn words(text: &str) -> Value<'static> {
    Value::Text(text.to_owned().into())
}

/// A row of values.
pub(super) fn row(values: &[Value<'_>]) -> Row {
    let mut row = Row::with_capacity(values.len());
    for value in values {
        row.push(value);
    }
    row
}

/// Values of the first placeholders of a path, in key form.
pub(super) fn key(record: &RecordSchema, path: Path, values: &[Value<'_>]) -> Row {
    let mut row = Row::with_capacity(values.len());
    for (placeholder, value) in record.placeholders(path).zip(values) {
        row.push(value);
        settle(record, path, placeholder, &mut row).unwrap();
    }
    row
}

/// A [`TENSION`] of tenant `acme`.
#[derive(Clone)]
pub(super) struct Tension {
    pub(super) dialogue: String,
    pub(super) id: u32,
    pub(super) status: String,
    pub(super) title: String,
    pub(super) labels: String,
    pub(super) weight: Option<f64>,
    pub(super) due: Option<i64>,
    pub(super) revision: i64,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) expires: Option<i64>,
}

impl Tension {
    pub(super) fn new(id: u32) -> Self {
        Self {
            dialogue: "d1".to_owned(),
            id,
            status: "open".to_owned(),
            title: format!("Title {id}"),
            labels: "[]".to_owned(),
            weight: None,
            due: None,
            revision: 1,
            created: 10,
            updated: 10,
            expires: None,
        }
    }

    pub(super) fn row(&self, project: &str) -> Row {
        let int = |number: Option<i64>| number.map_or(Value::Null, Value::Int);
        row(&[
            words(project),
            words(&self.dialogue),
            Value::Int(self.id.into()),
            words(&self.status),
            words(&self.title),
            words(&self.labels),
            self.weight.map_or(Value::Null, Value::Real),
            int(self.due),
            Value::Int(self.revision),
            Value::Int(self.created),
            Value::Int(self.updated),
            int(self.expires),
        ])
    }
}

/// Puts one row.
pub(super) fn put(
    backend: &dyn Backend,
    tenant: &TenantKey,
    record: usize,
    fields: &Row,
    expect: Expect,
    now: i64,
) -> Outcome {
    let action = Action::Put { fields, expect };
    one(block_on(backend.write(&[Write::new(tenant, record, action, at(now))])).unwrap())
}

/// Deletes one row.
pub(super) fn delete(
    backend: &dyn Backend,
    tenant: &TenantKey,
    record: usize,
    key: &Row,
    expect: Expect,
    now: i64,
) -> Outcome {
    let action = Action::Delete { key, expect };
    one(block_on(backend.write(&[Write::new(tenant, record, action, at(now))])).unwrap())
}

fn one(outcomes: Vec<Outcome>) -> Outcome {
    let [outcome] = <[Outcome; 1]>::try_from(outcomes).unwrap();
    outcome
}

/// Takes rows whole, each with its position.
pub(super) struct Collect {
    table: &'static TableSchema,
    records: Vec<usize>,
    pub(super) rows: Vec<(usize, Row)>,
}

impl Collect {
    /// A reader of these records, by the place of their keys.
    pub(super) fn of(records: &[usize]) -> Self {
        Self { table: &TABLE, records: records.to_vec(), rows: Vec::new() }
    }
}

impl Rows for Collect {
    fn row(&mut self, at: usize, source: &mut dyn FieldSource) -> Result<()> {
        let record = self.table.records[self.records.get(at).copied().unwrap_or(self.records[0])];
        let mut row = Row::with_capacity(record.fields.len());
        for at in 0..record.fields.len() {
            row.push(&source.value(at).unwrap());
        }
        self.rows.push((at, row));
        Ok(())
    }
}

/// Reads rows by key.
pub(super) fn get(
    reader: &dyn Reader,
    tenant: &TenantKey,
    record: usize,
    keys: &[&Row],
    now: i64,
) -> Vec<(usize, Row)> {
    let mut collect = Collect::of(&[record]);
    let get = Get { tenant, record, keys, eventual: false, deleted: false, now: at(now) };
    block_on(reader.get(&get, &mut collect)).unwrap();
    collect.rows
}

/// A query that owns its parts.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) tenant: TenantKey,
    pub(super) members: Vec<usize>,
    pub(super) path: Path,
    pub(super) equal: Row,
    pub(super) range: Option<SelectRange>,
    pub(super) descending: bool,
    pub(super) limit: Option<usize>,
    pub(super) max_read: Option<usize>,
    pub(super) after: Option<Position>,
    pub(super) filter: Option<Filter>,
    pub(super) count_only: bool,
    pub(super) deleted: bool,
    pub(super) now: i64,
}

impl Ask {
    pub(super) fn new(record: usize, path: Path, equal: Row) -> Self {
        Self {
            tenant: if TABLE.records[record].roles.tenant.is_some() {
                tenant("acme")
            } else {
                TenantKey::GLOBAL
            },
            members: vec![record],
            path,
            equal,
            range: None,
            descending: false,
            limit: None,
            max_read: None,
            after: None,
            filter: None,
            count_only: false,
            deleted: false,
            now: 100,
        }
    }

    pub(super) fn members(&self) -> Vec<Member> {
        let member = |(member, &record)| Member { record, member };
        self.members.iter().enumerate().map(member).collect()
    }

    pub(super) fn with<T>(&self, run: impl FnOnce(&Query<'_>) -> T) -> T {
        run(&Query {
            tenant: &self.tenant,
            members: &self.members(),
            path: self.path,
            equal: &self.equal,
            range: self.range.as_ref(),
            descending: self.descending,
            limit: self.limit.and_then(NonZeroUsize::new),
            max_read: self.max_read.and_then(NonZeroUsize::new),
            after: self.after.as_ref(),
            filter: self.filter.as_ref(),
            count_only: self.count_only,
            eventual: false,
            deleted: self.deleted,
            now: at(self.now),
        })
    }

    /// One request.
    pub(super) fn step(&self, reader: &dyn Reader) -> (Visited, Vec<(usize, Row)>) {
        let mut collect = Collect::of(&self.members);
        let visited = self.with(|query| block_on(reader.query(query, &mut collect))).unwrap();
        (visited, collect.rows)
    }

    /// Requests until there is nothing to resume, as the store makes them.
    pub(super) fn run(&self, reader: &dyn Reader) -> (usize, Vec<(usize, Row)>) {
        let (mut count, mut rows) = (0, Vec::new());
        let mut ask = self.clone();
        loop {
            ask.limit = self.limit.map(|limit| limit - count);
            let (visited, found) = ask.step(reader);
            count += visited.count;
            rows.extend(found);
            let full = self.limit.is_some_and(|limit| count >= limit);
            match visited.resume {
                Some(position) if !full => ask.after = Some(position),
                _ => return (count, rows),
            }
        }
    }
}
