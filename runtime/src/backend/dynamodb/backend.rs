//! The open table, and how it answers neutral requests.

use std::sync::Arc;

use super::DynamoDb;
use super::call::Caller;
use super::query::Running;
use crate::backend::{Backend, BoxFuture, Engine, Reader, Reply};
use crate::error::Result;
use crate::request::{Get, Outcome, Query, Rows, Transacted, Visited, Write};
use crate::schema::{DynamodbTable, TableSchema};

/// What every handle of an open table shares.
pub(super) struct Shared {
    pub(super) caller: Caller,
    /// The name of the DynamoDB table.
    pub(super) name: String,
    pub(super) schema: &'static TableSchema,
    pub(super) table: DynamodbTable,
    /// How many requests of one operation are on their way at once.
    pub(super) concurrency: usize,
}

/// An open table.
pub(super) struct OpenTable(pub(super) Arc<Shared>);

impl Engine for DynamoDb {
    fn open(
        self: Box<Self>,
        table: &'static TableSchema,
    ) -> BoxFuture<'static, Result<Arc<dyn Backend>>> {
        Box::pin(async move {
            let shared = self.connect(table).await?;
            Ok(Arc::new(OpenTable(shared)) as Arc<dyn Backend>)
        })
    }
}

impl Reader for OpenTable {
    fn get<'a>(&'a self, get: &'a Get<'a>, rows: &'a mut dyn Rows) -> Reply<'a, Result<()>> {
        Reply::Later(Box::pin(self.0.get(get, rows)))
    }

    fn query<'a>(
        &'a self,
        query: &'a Query<'a>,
        rows: &'a mut dyn Rows,
    ) -> Reply<'a, Result<Visited>> {
        Reply::Later(Box::pin(async move { Running::new(&self.0, query)?.run(rows).await }))
    }
}

impl Backend for OpenTable {
    fn write<'a>(&'a self, writes: &'a [Write<'a>]) -> Reply<'a, Result<Vec<Outcome>>> {
        Reply::Later(Box::pin(async move { Ok(self.0.write_all(writes).await) }))
    }

    fn transact<'a>(&'a self, writes: &'a [Write<'a>]) -> Reply<'a, Result<Transacted>> {
        Reply::Later(Box::pin(self.0.transact(writes)))
    }

    fn snapshot<'a>(
        &'a self,
        gets: &'a [Get<'a>],
        rows: &'a mut dyn Rows,
    ) -> Reply<'a, Result<()>> {
        Reply::Later(Box::pin(self.0.snapshot(gets, rows)))
    }

    fn pause(&self, tries: u32) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.0.caller.pause(tries).await })
    }

    fn read_scope(&self) -> Reply<'_, Result<Box<dyn Reader + '_>>> {
        Reply::Ready(Ok(Box::new(OpenTable(Arc::clone(&self.0)))))
    }
}
