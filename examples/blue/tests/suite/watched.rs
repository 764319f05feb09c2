//! An engine that counts what is asked of another, and fails when it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use keyloom::engine::{
    Backend, BoxFuture, Engine, Get, Outcome, Query, Reader, Reply, Rows, Sweep, Swept, Transacted,
    Visited, Write,
};
use keyloom::schema::{Path, TableSchema};
use keyloom::{Error, ErrorKind};

type Result<T> = keyloom::Result<T>;

/// When a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Before it is applied.
    Before,
    /// After it was applied: its answer is lost.
    After,
}

/// What was asked, and what is to fail.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// The path of each query.
    pub(crate) queries: Mutex<Vec<Path>>,
    /// How many gets there were.
    pub(crate) gets: AtomicUsize,
    /// How many writes and transactions there were.
    writes: AtomicUsize,
    fault: Mutex<Option<(usize, Fault)>>,
}

impl Watch {
    /// The paths of the queries since the last time, where there were no gets.
    pub(crate) fn only_queries(&self) -> Vec<Path> {
        assert_eq!(self.gets.swap(0, Ordering::SeqCst), 0, "no gets");
        std::mem::take(&mut *self.queries.lock().unwrap())
    }

    /// Lets the write fail that comes after so many others from now on.
    pub(crate) fn fail(&self, after: usize, fault: Fault) {
        let at = self.writes.load(Ordering::SeqCst) + after;
        *self.fault.lock().unwrap() = Some((at, fault));
    }

    /// Lets nothing fail; whether something did.
    pub(crate) fn has_failed(&self) -> bool {
        let fault = self.fault.lock().unwrap().take();
        fault.is_some_and(|(at, _)| self.writes.load(Ordering::SeqCst) > at)
    }

    fn fault(&self) -> Option<Fault> {
        let at = self.writes.fetch_add(1, Ordering::SeqCst);
        self.fault.lock().unwrap().filter(|(failing, _)| *failing == at).map(|(_, fault)| fault)
    }
}

/// The engine.
pub(crate) struct Watched {
    pub(crate) engine: Box<dyn Engine>,
    pub(crate) watch: Arc<Watch>,
}

impl Engine for Watched {
    fn open(
        self: Box<Self>,
        table: &'static TableSchema,
    ) -> BoxFuture<'static, Result<Arc<dyn Backend>>> {
        Box::pin(async move {
            let backend = self.engine.open(table).await?;
            Ok(Arc::new(WatchedBackend { backend, watch: self.watch }) as Arc<dyn Backend>)
        })
    }
}

struct WatchedBackend {
    backend: Arc<dyn Backend>,
    watch: Arc<Watch>,
}

impl WatchedBackend {
    /// Fails as it was told, or does it. A write that is applied when it is asked for is asked for late.
    fn or_fail<'a, T: Send + Unpin + 'a>(
        &'a self,
        write: impl FnOnce() -> Reply<'a, Result<T>>,
    ) -> Reply<'a, Result<T>> {
        let fail = |kind| Err(Error::new(kind, "the test says so"));
        match self.watch.fault() {
            None => write(),
            Some(Fault::Before) => Reply::Ready(fail(ErrorKind::Unavailable)),
            Some(Fault::After) => {
                let write = write();
                Reply::Later(Box::pin(async move {
                    write.await?;
                    fail(ErrorKind::UnknownOutcome)
                }))
            }
        }
    }
}

impl Reader for WatchedBackend {
    fn get<'a>(&'a self, get: &'a Get<'a>, rows: &'a mut dyn Rows) -> Reply<'a, Result<()>> {
        self.watch.gets.fetch_add(1, Ordering::SeqCst);
        self.backend.get(get, rows)
    }

    fn query<'a>(
        &'a self,
        query: &'a Query<'a>,
        rows: &'a mut dyn Rows,
    ) -> Reply<'a, Result<Visited>> {
        self.watch.queries.lock().unwrap().push(query.path);
        self.backend.query(query, rows)
    }
}

impl Backend for WatchedBackend {
    fn write<'a>(&'a self, writes: &'a [Write<'a>]) -> Reply<'a, Result<Vec<Outcome>>> {
        self.or_fail(|| self.backend.write(writes))
    }

    fn transact<'a>(&'a self, writes: &'a [Write<'a>]) -> Reply<'a, Result<Transacted>> {
        self.or_fail(|| self.backend.transact(writes))
    }

    fn snapshot<'a>(
        &'a self,
        gets: &'a [Get<'a>],
        rows: &'a mut dyn Rows,
    ) -> Reply<'a, Result<()>> {
        self.backend.snapshot(gets, rows)
    }

    fn pause(&self, tries: u32) -> BoxFuture<'_, ()> {
        self.backend.pause(tries)
    }

    fn sweep<'a>(&'a self, sweep: &'a Sweep) -> Reply<'a, Result<Swept>> {
        self.backend.sweep(sweep)
    }

    fn read_scope(&self) -> Reply<'_, Result<Box<dyn Reader + '_>>> {
        self.backend.read_scope()
    }

    fn max_record_bytes(&self) -> Option<usize> {
        self.backend.max_record_bytes()
    }
}
