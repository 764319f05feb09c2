//! The SQLite backend: one file, real tables, real columns.
//!
//! Each record is one `STRICT` table with a column for each field, so any SQL tool can read the data.
//! Reads run on the caller's thread over a few read connections and never wait for the writer.
//! Writes go through one writer that commits whatever waits in one transaction; a lone write is
//! committed by its own future. No executor is needed.
//!
//! Inside: `sql`, `select` and `filter` turn schema and requests into SQL and touch no
//! connection; `open`, `plan`, `stored` and `backfill` bring a table into the file; `read`
//! and `pool` read; `change` carries writes to the writer, of which `writer`, `gate` and `group` decide
//! when, and `apply`, `judged`, `unique` and `transaction` how; `sweep` finds what has expired.

mod apply;
mod backfill;
mod bind;
mod change;
mod error;
mod filter;
mod gate;
mod group;
mod judged;
mod open;
mod plan;
mod pool;
mod read;
mod select;
mod session;
mod slot;
mod sql;
mod stored;
mod sweep;
#[cfg(test)]
mod tests;
mod transaction;
mod unique;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use self::change::{Batch, Work};
use self::gate::Gate;
use self::group::Done;
use self::judged::Judged;
use self::open::Location;
use self::pool::Pool;
use self::read::Scope;
use self::sql::RecordSql;
use self::writer::{WriteFuture, Writer};
use super::{Backend, BoxFuture, Engine, Reader, Reply};
use crate::error::{Error, ErrorKind};
use crate::request::{Get, Outcome, Query, Rows, Sweep, Swept, Transacted, Visited, Write};
use crate::schema::TableSchema;
use crate::value::Row;

/// An SQLite file to open a table on.
///
/// ```no_run
/// # use keyloom::{Record, Table, sqlite::Sqlite};
/// # #[derive(Record)]
/// # #[record(global, partition = "notes", sort = "{id}")]
/// # struct Note { id: u32, text: String }
/// # #[derive(Table)]
/// # #[table(name = "notes", records(Note))]
/// # struct Notes;
/// # async fn run() -> keyloom::Result<()> {
/// let store = Notes::open(Sqlite::at("notes.db")).await?;
/// # Ok(()) }
/// ```
///
/// Opening adds the tables, nullable columns and indexes that the file lacks, and refuses a file that
/// does not fit with every difference named. The file is in WAL mode, so beside it stand
/// `notes.db-wal` and `notes.db-shm` while it is open, and `notes.db-waiting` once two processes
/// have written it at the same time.
#[derive(Clone, Debug)]
#[must_use = "nothing is opened until a table is"]
pub struct Sqlite {
    path: PathBuf,
    synchronous: Synchronous,
    busy_timeout: Duration,
    create: bool,
    mmap_bytes: u64,
    cache_bytes: u64,
    max_bytes: Option<u64>,
    lift_record_limit: bool,
}

/// What a write waits for before it is answered, and so what a power cut can take.
///
/// A crash of the program alone takes nothing at any of them. The file stays intact at `Full` and
/// `Normal`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Synchronous {
    /// Until the write is on the disk: a power cut takes nothing that was answered.
    #[default]
    Full,
    /// Until the operating system has it: a power cut can take the last writes that were answered,
    /// back to the last checkpoint of the WAL. What is left is a state that once was.
    Normal,
    /// As `Normal`, and nothing is ever forced to the disk: a power cut can also damage the file. For
    /// data that can be made again.
    Off,
}

const MIB: u64 = 1024 * 1024;

impl Sqlite {
    /// The file at `path`, which is made if there is none.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            synchronous: Synchronous::default(),
            busy_timeout: Duration::from_secs(5),
            create: true,
            mmap_bytes: 256 * MIB,
            cache_bytes: 64 * MIB,
            max_bytes: None,
            lift_record_limit: false,
        }
    }

    /// What a write waits for; [`Synchronous::Full`] unless said otherwise.
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// How long to wait while another process writes, before a write fails as
    /// [`Contended`](ErrorKind::Contended); 5 seconds unless said otherwise.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Whether a missing file is made; it is, unless said otherwise. Its directory never is.
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// How much of the file is read through the operating system's own cache, without a copy; 256
    /// MiB unless said otherwise, and zero for none.
    pub fn mmap_bytes(mut self, bytes: u64) -> Self {
        self.mmap_bytes = bytes;
        self
    }

    /// The page cache of the writer, which a group of writes fills before it spills into the WAL; 64
    /// MiB unless said otherwise.
    ///
    /// Each of the up to eight idle read connections has a quarter of it, for what lies beyond
    /// [`mmap_bytes`](Self::mmap_bytes). It is an upper bound: memory is taken as pages are read.
    pub fn cache_bytes(mut self, bytes: u64) -> Self {
        self.cache_bytes = bytes;
        self
    }

    /// The largest size of the file; a write that would need more fails as
    /// [`StorageFull`](ErrorKind::StorageFull). There is no bound unless one is given.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Allows records larger than DynamoDB's items, which every engine refuses otherwise, so that a
    /// program stays able to move there.
    pub fn lift_record_limit(mut self) -> Self {
        self.lift_record_limit = true;
        self
    }
}

impl Engine for Sqlite {
    fn open(
        self: Box<Self>,
        table: &'static TableSchema,
    ) -> BoxFuture<'static, Result<Arc<dyn Backend>, Error>> {
        Box::pin(async move {
            let (sender, receiver) = slot::slot();
            // Opening may wait for another process, which a future must not.
            std::thread::Builder::new()
                .name("keyloom-open".to_owned())
                .spawn(move || sender.send(Database::open(&self, table)))
                .map_err(no_thread)?;
            let opened = std::future::poll_fn(|context| receiver.poll(context)).await;
            let database = opened.unwrap_or_else(|| Err(error::unanswered()))?;
            Ok(Arc::new(database) as Arc<dyn Backend>)
        })
    }
}

fn no_thread(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "the system gives no thread").with_source(error)
}

/// One open table in its file.
#[derive(Debug)]
struct Database {
    records: Arc<[RecordSql]>,
    pool: Pool,
    writer: Writer,
    lift_record_limit: bool,
}

impl Database {
    fn open(options: &Sqlite, table: &'static TableSchema) -> Result<Self, Error> {
        let records: Arc<[RecordSql]> =
            table.records.iter().map(|record| RecordSql::of(record)).collect();
        let location = Location::find(options, records.len())?;
        let mut gate = Gate::beside(location.path());
        let connection = location.writer(&records, &mut gate)?;
        let writer = Writer::start(connection, gate, Arc::clone(&records), options.busy_timeout)
            .map_err(no_thread)?;
        let lift_record_limit = options.lift_record_limit;
        Ok(Self { pool: Pool::new(location), records, writer, lift_record_limit })
    }
}

impl Database {
    fn judged(&self, write: &Write<'_>) -> Result<Judged, Error> {
        let record = self.records.get(write.record).ok_or_else(error::no_such_record)?;
        Judged::of(record, write, self.max_record_bytes())
    }
}

impl Reader for Database {
    fn get<'a>(&'a self, get: &'a Get<'a>, rows: &'a mut dyn Rows) -> Reply<'a, Result<(), Error>> {
        Reply::Ready(
            self.pool
                .take()
                .and_then(|connection| read::get(&self.records, connection.get()?, get, rows)),
        )
    }

    fn query<'a>(
        &'a self,
        query: &'a Query<'a>,
        rows: &'a mut dyn Rows,
    ) -> Reply<'a, Result<Visited, Error>> {
        Reply::Ready(
            self.pool
                .take()
                .and_then(|connection| read::query(&self.records, connection.get()?, query, rows)),
        )
    }
}

impl Backend for Database {
    fn write<'a>(&'a self, writes: &'a [Write<'a>]) -> Reply<'a, Result<Vec<Outcome>, Error>> {
        let mut changes = Batch::with_capacity(writes.len());
        let mut failed = Vec::new();
        for (at, write) in writes.iter().enumerate() {
            if let Err(error) = changes.push(&self.records, write, self.max_record_bytes()) {
                failed.push((at, error));
            }
        }
        if changes.is_empty() {
            let outcomes = failed.into_iter().map(|(_, error)| Outcome::Failed(error));
            return Reply::Ready(Ok(outcomes.collect()));
        }
        let written = self.writer.write(Work::Writes(changes));
        Reply::Later(Box::pin(write(written, failed)))
    }

    fn transact<'a>(&'a self, writes: &'a [Write<'a>]) -> Reply<'a, Result<Transacted, Error>> {
        let mut judged = Vec::with_capacity(writes.len());
        for (at, write) in writes.iter().enumerate() {
            match self.judged(write) {
                Ok(write) => judged.push(write),
                Err(error) => {
                    let outcome = Outcome::Failed(error);
                    return Reply::Ready(Ok(Transacted::Refused { at, outcome }));
                }
            }
        }
        Reply::Later(Box::pin(transact(self.writer.write(Work::Transaction(judged)))))
    }

    fn snapshot<'a>(
        &'a self,
        gets: &'a [Get<'a>],
        rows: &'a mut dyn Rows,
    ) -> Reply<'a, Result<(), Error>> {
        Reply::Ready(
            self.pool.take().and_then(|connection| {
                read::snapshot(&self.records, connection.get()?, gets, rows)
            }),
        )
    }

    fn sweep<'a>(&'a self, sweep: &'a Sweep) -> Reply<'a, Result<Swept, Error>> {
        let expired = self
            .pool
            .take()
            .and_then(|connection| sweep::expired(&self.records, connection.get()?, sweep));
        match expired {
            Err(error) => Reply::Ready(Err(error)),
            Ok(step) if step.expired.is_empty() => {
                Reply::Ready(Ok(Swept { removed: 0, resume: step.resume }))
            }
            Ok(step) => {
                let written = self.writer.write(Work::Writes(step.expired));
                Reply::Later(Box::pin(remove(written, step.resume)))
            }
        }
    }

    fn read_scope(&self) -> Reply<'_, Result<Box<dyn Reader + '_>, Error>> {
        let scope = self.pool.take().and_then(|connection| Scope::begin(&self.records, connection));
        Reply::Ready(scope.map(|scope| Box::new(scope) as Box<dyn Reader + '_>))
    }

    fn max_record_bytes(&self) -> Option<usize> {
        (!self.lift_record_limit).then_some(crate::store::MAX_RECORD_BYTES)
    }
}

/// Waits for the outcomes and puts those of the writes that never set out in their places.
async fn write(
    written: WriteFuture<'_>,
    failed: Vec<(usize, Error)>,
) -> Result<Vec<Outcome>, Error> {
    let Done::Each(mut outcomes) = written.await? else {
        return Err(error::unanswered());
    };
    for (at, error) in failed {
        outcomes.insert(at.min(outcomes.len()), Outcome::Failed(error));
    }
    Ok(outcomes)
}

/// Waits for the outcome of a transaction.
async fn transact(written: WriteFuture<'_>) -> Result<Transacted, Error> {
    match written.await? {
        Done::Whole(transacted) => Ok(transacted),
        Done::Each(_) => Err(error::unanswered()),
    }
}

/// Waits for the removal of expired records.
async fn remove(written: WriteFuture<'_>, resume: Option<Row>) -> Result<Swept, Error> {
    let Done::Each(outcomes) = written.await? else {
        return Err(error::unanswered());
    };
    let mut removed = 0;
    for outcome in outcomes {
        match outcome {
            Outcome::Applied { existed, .. } => removed += usize::from(existed),
            Outcome::Failed(error) => return Err(error),
            _ => {}
        }
    }
    Ok(Swept { removed, resume })
}
