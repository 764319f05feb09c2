//! The memory backend: the specification that the others are compared with.
//!
//! It keeps items as a single-table engine does, under partition and sort keys of text, with index
//! entries beside them. It is the default for tests of programs that use keyloom.

mod items;

use std::collections::HashMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::items::{Item, Items, invalid_key};
use super::{Backend, BoxFuture, Engine, Reader, Reply};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyText, encode_partition, encode_range, position_row};
use crate::request::{
    Get, Outcome, Position, Query, Rows, Sweep, Swept, Transacted, Visited, Write, is_live,
};
use crate::schema::{Path, TableSchema};

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

impl MemoryTable {
    fn lock(&self) -> MutexGuard<'_, Items> {
        // Nothing panics between two changes that belong together, so the items are whole even if
        // a thread died while it held the lock.
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the keys of several gets at one moment; their places count on from one get to the next.
    fn read(&self, gets: &[Get<'_>], rows: &mut dyn Rows) -> Result<()> {
        let items = self.lock();
        let mut place = 0;
        for get in gets {
            let record = self.schema.records[get.record];
            for key in get.keys {
                let key = KeyText::encode(record, Path::Primary, get.tenant, key)
                    .map_err(|invalid| invalid_key(record, &invalid))?;
                if let Some(item) = items.get(&key)
                    && is_live(record, &|at| item.row.get(at), get.deleted, get.now)
                {
                    rows.row(place, &mut item.row.clone())?;
                }
                place += 1;
            }
        }
        Ok(())
    }

    /// The bounds of a query's keys: its range, and the position it goes on behind.
    fn bounds(&self, query: &Query<'_>) -> Result<(Bound<KeyText>, Bound<KeyText>), Error> {
        let first = self.schema.records[query.members[0].record];
        let collection = query.members.len() > 1;
        let partition = encode_partition(first, query.path, query.tenant, &mut query.equal.iter());
        let partition = partition.map_err(|invalid| invalid_key(first, &invalid))?;
        let (lower, upper) = if collection {
            (String::new(), None)
        } else {
            encode_range(first, query.path, query.equal, query.range)
                .map_err(|invalid| invalid_key(first, &invalid))?
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
                .map_err(|invalid| invalid_key(record, &invalid))?;
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
                let range = items.stored((low, high));
                if query.descending { Box::new(range.rev()) } else { Box::new(range) }
            }
            Path::Index(at) => {
                let slot = self.schema.records[query.members[0].record].indexes[at].slot;
                let range = items.indexed(slot, (low, high));
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
            let live = is_live(record, &|at| item.row.get(at), query.deleted, query.now);
            if live && passes {
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
        Reply::Ready(self.read(std::slice::from_ref(get), rows))
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

    fn transact<'a>(&'a self, writes: &'a [Write<'a>]) -> Reply<'a, Result<Transacted>> {
        Reply::Ready(self.lock().transact(self.schema, writes))
    }

    fn snapshot<'a>(
        &'a self,
        gets: &'a [Get<'a>],
        rows: &'a mut dyn Rows,
    ) -> Reply<'a, Result<()>> {
        Reply::Ready(self.read(gets, rows))
    }

    fn sweep<'a>(&'a self, sweep: &'a Sweep) -> Reply<'a, Result<Swept>> {
        Reply::Ready(Ok(self.lock().sweep(self.schema, sweep)))
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
