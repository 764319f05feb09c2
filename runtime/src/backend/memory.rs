//! The memory backend: the specification that the others are compared with.
//!
//! It keeps items as a single-table engine does, under partition and sort keys of text, with index
//! entries beside them. It is the default for tests of programs that use keyloom.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Backend, BoxFuture, Engine, Reader, Reply};
use crate::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyText, TenantKey, encode_partition, encode_range, key_row, position_row};
use crate::request::{Action, Expect, Get, Outcome, Position, Query, Rows, Visited, Write};
use crate::schema::{Path, RecordSchema, TableSchema};
use crate::value::{Invalid, Row, Value};

/// The memory engine. Its clones share their tables, so a table can be opened again.
///
/// ```
/// # use keyloom::{Record, Table, memory::Memory};
/// # #[derive(Record)]
/// # #[record(global, partition = "notes", sort = "{id}")]
/// # struct Note { id: u32, text: String }
/// # #[derive(Table)]
/// # #[table(name = "notes", records(Note))]
/// # struct Notes;
/// # async fn run() -> keyloom::Result<()> {
/// let memory = Memory::new();
/// let store = Notes::open(memory.clone()).await?;
/// let again = Notes::open(memory).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Memory {
    tables: Arc<Mutex<HashMap<&'static str, Arc<MemoryTable>>>>,
}

impl Memory {
    /// An engine without tables.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Engine for Memory {
    fn open(
        self: Box<Self>,
        schema: &'static TableSchema,
    ) -> BoxFuture<'static, Result<Arc<dyn Backend>>> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let table = tables
            .entry(schema.name)
            .or_insert_with(|| Arc::new(MemoryTable { schema, items: Mutex::default() }));
        let opened = if table.schema == schema {
            Ok(Arc::clone(table) as Arc<dyn Backend>)
        } else {
            Err(Error::new(
                ErrorKind::SchemaMismatch,
                format!("table `{}` is open in this memory with other records", schema.name),
            ))
        };
        Box::pin(std::future::ready(opened))
    }
}

/// One table.
#[derive(Debug)]
struct MemoryTable {
    schema: &'static TableSchema,
    items: Mutex<Items>,
}

#[derive(Debug, Default)]
struct Items {
    stored: BTreeMap<KeyText, Item>,
    /// Index entries by slot, each with the primary key of its item.
    entries: BTreeMap<(u8, KeyText), KeyText>,
}

#[derive(Debug)]
struct Item {
    record: usize,
    row: Row,
}

fn invalid_key(invalid: &Invalid) -> Error {
    Error::new(ErrorKind::InvalidKey, invalid.to_string())
}

/// Whether a stored record still exists at `now`.
fn live(record: &RecordSchema, row: &Row, now: Timestamp) -> bool {
    match record.roles.expires.map(|at| row.get(at)) {
        Some(Value::Int(expires)) => expires > now.as_micros(),
        _ => true,
    }
}

fn revision(record: &RecordSchema, row: &Row) -> Option<u64> {
    match row.get(record.roles.revision?) {
        Value::Int(number) => u64::try_from(number).ok(),
        _ => None,
    }
}

impl Items {
    fn index_keys(
        record: &'static RecordSchema,
        tenant: &TenantKey,
        row: &Row,
    ) -> Result<Vec<(u8, KeyText)>> {
        let mut keys = Vec::new();
        for (at, index) in record.indexes.iter().enumerate() {
            let path = Path::Index(at);
            if let Some(position) = position_row(record, path, row)? {
                let key = KeyText::encode(record, path, tenant, &position);
                keys.push((index.slot, key.map_err(|invalid| invalid_key(&invalid))?));
            }
        }
        Ok(keys)
    }

    fn remove(
        &mut self,
        record: &'static RecordSchema,
        tenant: &TenantKey,
        key: &KeyText,
    ) -> Result<()> {
        if let Some(item) = self.stored.remove(key) {
            for entry in Self::index_keys(record, tenant, &item.row)? {
                self.entries.remove(&entry);
            }
        }
        Ok(())
    }

    /// The primary keys of other items with the same values in a unique index.
    fn holders(
        &self,
        record: &'static RecordSchema,
        at: usize,
        tenant: &TenantKey,
        row: &Row,
        own: &KeyText,
    ) -> Result<Vec<KeyText>> {
        let path = Path::Index(at);
        let Some(values) = key_row(record, path, row)? else {
            return Ok(Vec::new());
        };
        let slot = record.indexes[at].slot;
        let (partition, range) = encode_partition(record, path, tenant, &mut values.iter())
            .and_then(|partition| Ok((partition, encode_range(record, path, &values, None)?)))
            .map_err(|invalid| invalid_key(&invalid))?;
        let (lower, upper) = range;
        let from = (slot, KeyText { partition: partition.clone(), sort: lower });
        Ok(self
            .entries
            .range(from..)
            .take_while(|((entry_slot, key), _)| {
                *entry_slot == slot
                    && key.partition == partition
                    && upper.as_ref().is_none_or(|upper| key.sort < *upper)
            })
            .map(|(_, holder)| holder.clone())
            .filter(|holder| holder != own)
            .collect())
    }

    fn write(&mut self, table: &'static TableSchema, write: &Write<'_>) -> Result<Outcome> {
        let record = table.records[write.record];
        let tenant = write.tenant;
        let (new, expect, key_values) = match write.action {
            Action::Put { fields, expect } => {
                let row = Row::of(fields, record.fields.len()).map_err(|(at, invalid)| {
                    Error::value(record.name, record.fields[at].name, &invalid)
                })?;
                let key = key_row(record, Path::Primary, &row)?.unwrap_or_default();
                (Some(row), expect, key)
            }
            Action::Delete { key, expect } => (None, expect, key.clone()),
        };
        let key = KeyText::encode(record, Path::Primary, tenant, &key_values)
            .map_err(|invalid| invalid_key(&invalid))?;
        let stored = self.stored.get(&key).map(|item| &item.row);
        let stored = stored.filter(|row| live(record, row, write.now));
        let fits = match (expect, stored) {
            (Expect::Anything, _) | (Expect::Absent, None) => true,
            (Expect::Revision(expected), Some(row)) => revision(record, row) == Some(expected),
            _ => false,
        };
        if !fits {
            return Ok(Outcome::Refused { stored: stored.cloned() });
        }
        let existed = stored.is_some();
        let kept = record.roles.created.and_then(|at| Some((at, stored?.get(at).into_owned())));
        let Some(mut row) = new else {
            self.remove(record, tenant, &key)?;
            return Ok(Outcome::Applied { existed, created: None });
        };
        if let Some((at, created)) = &kept {
            let mut merged = Row::with_capacity(row.len());
            for (position, value) in row.iter().enumerate() {
                merged.push(if position == *at { created } else { &value });
            }
            row = merged;
        }
        let mut outlived = Vec::new();
        for (at, index) in record.indexes.iter().enumerate() {
            if !index.unique {
                continue;
            }
            for holder in self.holders(record, at, tenant, &row, &key)? {
                match self.stored.get(&holder) {
                    Some(item) if live(record, &item.row, write.now) => {
                        return Ok(Outcome::NotUnique { index: at });
                    }
                    _ => outlived.push(holder),
                }
            }
        }
        let entries = Self::index_keys(record, tenant, &row)?;
        for holder in outlived {
            self.remove(record, tenant, &holder)?;
        }
        self.remove(record, tenant, &key)?;
        self.entries.extend(entries.into_iter().map(|entry| (entry, key.clone())));
        self.stored.insert(key, Item { record: write.record, row });
        let created = match kept {
            Some((_, Value::Int(micros))) if expect == Expect::Anything => {
                Timestamp::from_micros(micros)
            }
            _ => None,
        };
        Ok(Outcome::Applied { existed, created })
    }
}

impl MemoryTable {
    fn lock(&self) -> MutexGuard<'_, Items> {
        // Nothing panics between two changes that belong together, so the items are whole even if
        // a thread died while it held the lock.
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, get: &Get<'_>, rows: &mut dyn Rows) -> Result<()> {
        let record = self.schema.records[get.record];
        let items = self.lock();
        for (at, key) in get.keys.iter().enumerate() {
            let key = KeyText::encode(record, Path::Primary, get.tenant, key)
                .map_err(|invalid| invalid_key(&invalid))?;
            if let Some(item) = items.stored.get(&key)
                && live(record, &item.row, get.now)
            {
                rows.row(at, &mut item.row.clone())?;
            }
        }
        Ok(())
    }

    /// The bounds of a query's keys: its range, and the position it goes on behind.
    fn bounds(&self, query: &Query<'_>) -> Result<(Bound<KeyText>, Bound<KeyText>), Error> {
        let first = self.schema.records[query.members[0].record];
        let collection = query.members.len() > 1;
        let partition = encode_partition(first, query.path, query.tenant, &mut query.equal.iter());
        let partition = partition.map_err(|invalid| invalid_key(&invalid))?;
        let (lower, upper) = if collection {
            (String::new(), None)
        } else {
            encode_range(first, query.path, query.equal, query.range)
                .map_err(|invalid| invalid_key(&invalid))?
        };
        let at = |sort| KeyText { partition: partition.clone(), sort };
        let mut low = Bound::Included(at(lower));
        // Nothing sorts between a partition and itself followed by the smallest character.
        let mut high = match upper {
            Some(upper) => Bound::Excluded(at(upper)),
            None => Bound::Excluded(KeyText {
                partition: format!("{partition}\0"),
                sort: String::new(),
            }),
        };
        if let Some(after) = query.after {
            let record = self.schema.records[query.members[after.member].record];
            let key = KeyText::encode(record, query.path, query.tenant, &after.row)
                .map_err(|invalid| invalid_key(&invalid))?;
            if query.descending {
                high = Bound::Excluded(key);
            } else {
                low = Bound::Excluded(key);
            }
        }
        Ok((low, high))
    }

    fn scan(&self, query: &Query<'_>, rows: &mut dyn Rows) -> Result<Visited> {
        let (low, high) = self.bounds(query)?;
        let mut visited = Visited::default();
        if is_empty(&low, &high) {
            return Ok(visited);
        }
        let items = self.lock();
        let mut found: Box<dyn Iterator<Item = &Item>> = match query.path {
            Path::Primary => {
                let range = items.stored.range((low, high)).map(|(_, item)| item);
                if query.descending { Box::new(range.rev()) } else { Box::new(range) }
            }
            Path::Index(at) => {
                let slot = self.schema.records[query.members[0].record].indexes[at].slot;
                let bound = |bound: Bound<KeyText>| bound.map(|key| (slot, key));
                let range = items
                    .entries
                    .range((bound(low), bound(high)))
                    .filter_map(|(_, key)| items.stored.get(key));
                if query.descending { Box::new(range.rev()) } else { Box::new(range) }
            }
        };
        let mut looked_at = 0;
        while query.limit.is_none_or(|limit| visited.count < limit.get()) {
            let Some(item) = found.next() else {
                return Ok(visited);
            };
            let Some(member) = query.members.iter().position(|member| member.record == item.record)
            else {
                continue;
            };
            let record = self.schema.records[item.record];
            looked_at += 1;
            let passes =
                query.filter.is_none_or(|filter| filter.passes(record, &|at| item.row.get(at)));
            if live(record, &item.row, query.now) && passes {
                visited.count += 1;
                if !query.count_only {
                    rows.row(member, &mut item.row.clone())?;
                }
            }
            if query.max_read.is_some_and(|most| looked_at >= most.get()) {
                let row = position_row(record, query.path, &item.row)?.unwrap_or_default();
                visited.resume = Some(Position { member, row });
                return Ok(visited);
            }
        }
        Ok(visited)
    }
}

fn is_empty(low: &Bound<KeyText>, high: &Bound<KeyText>) -> bool {
    match (low, high) {
        (Bound::Included(low) | Bound::Excluded(low), Bound::Excluded(high)) => low >= high,
        _ => false,
    }
}

impl Reader for MemoryTable {
    fn get<'a>(&'a self, get: &'a Get<'a>, rows: &'a mut dyn Rows) -> Reply<'a, Result<()>> {
        Reply::Ready(self.read(get, rows))
    }

    fn query<'a>(
        &'a self,
        query: &'a Query<'a>,
        rows: &'a mut dyn Rows,
    ) -> Reply<'a, Result<Visited>> {
        Reply::Ready(self.scan(query, rows))
    }
}

impl Backend for MemoryTable {
    fn write<'a>(&'a self, writes: &'a [Write<'a>]) -> Reply<'a, Result<Vec<Outcome>>> {
        let mut items = self.lock();
        let outcomes = writes
            .iter()
            .map(|write| items.write(self.schema, write).unwrap_or_else(Outcome::Failed))
            .collect();
        Reply::Ready(Ok(outcomes))
    }

    fn read_scope(&self) -> Reply<'_, Result<Box<dyn Reader + '_>>> {
        Reply::Ready(Ok(Box::new(Borrowed(self))))
    }
}

/// A read scope of memory: every read sees all that was written before it.
struct Borrowed<'a>(&'a MemoryTable);

impl Reader for Borrowed<'_> {
    fn get<'a>(&'a self, get: &'a Get<'a>, rows: &'a mut dyn Rows) -> Reply<'a, Result<()>> {
        self.0.get(get, rows)
    }

    fn query<'a>(
        &'a self,
        query: &'a Query<'a>,
        rows: &'a mut dyn Rows,
    ) -> Reply<'a, Result<Visited>> {
        self.0.query(query, rows)
    }
}
