//! [`run`]: a library as a process that runs workloads on request.
//!
//! The driver writes the name of a workload to the standard input and reads one line of results, so
//! that it can run the same workload in each library in turn.

use std::env;
use std::fs;
use std::hint::black_box;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::data::{self, LONG, MESSAGES, Random, SHORT_CONVERSATIONS};
use crate::meter::{Cost, Meter, Peak, Stopwatch};
use crate::{Durability, Key, Library, NOTHING, PAGE, Result, Workload};

/// How many different records the reads by key and the saves take their turns at.
const WORKING_SET: usize = 4096;

/// How many records are read in one read scope.
const SCOPE: usize = 1024;

/// How many messages are written first when saves are durable, so that the write-ahead log has
/// reached the size at which SQLite starts it anew, and no longer grows.
const LOG_FILL: i64 = 20_000;

/// The `main` of a library: `DIRECTORY SECONDS`, then a workload a line.
pub fn run<L: Library>() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [directory, seconds] = &arguments[..] else {
        return Err("usage: DIRECTORY SECONDS, and workloads on the standard input".into());
    };
    let bench = Bench::<L> {
        directory: directory.into(),
        budget: Duration::from_secs_f64(seconds.parse()?),
        random: Random::new(2),
        open: None,
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    // A spawned task runs on a worker, as a server's tasks do.
    runtime.block_on(async { tokio::spawn(bench.serve()).await? })
}

struct Bench<L> {
    directory: PathBuf,
    budget: Duration,
    random: Random,
    open: Option<L>,
}

impl<L: Library> Bench<L> {
    async fn serve(mut self) -> Result<()> {
        let mut line = String::new();
        while io::stdin().read_line(&mut line)? > 0 {
            match self.measure(line.trim_end().parse()?).await? {
                Some(Cost { wall, cpu, memory }) => println!("{wall:.1}\t{cpu:.1}\t{memory:.0}"),
                None => println!("{NOTHING}"),
            }
            io::stdout().flush()?;
            line.clear();
        }
        self.close().await
    }

    async fn measure(&mut self, workload: Workload) -> Result<Option<Cost>> {
        match workload {
            Workload::BulkInsert => self.bulk_insert().await.map(Some),
            Workload::PointGet => self.point_get().await.map(Some),
            Workload::Page => self.page().await.map(Some),
            Workload::Scan => self.scan().await.map(Some),
            Workload::Save => self.save(Durability::Normal).await.map(Some),
            Workload::Update => self.update().await,
            Workload::ScopedGets => self.scoped_gets().await,
            Workload::DurableSave => self.save(Durability::Full).await.map(Some),
            Workload::DurableSaves16 => self.saves_at_once(16).await.map(Some),
            Workload::DurableSaves64 => self.saves_at_once(64).await.map(Some),
            Workload::ScanMemory => self.scan_memory().await.map(Some),
        }
    }

    async fn close(&mut self) -> Result<()> {
        match self.open.take() {
            Some(library) => library.close().await,
            None => Ok(()),
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.join("bench.db")
    }

    /// The library at `synchronous=NORMAL`, opened when it is first asked for.
    async fn library(&mut self) -> Result<L> {
        match self.open.take() {
            Some(library) => Ok(library),
            None => L::open(&self.path(), Durability::Normal).await,
        }
    }

    /// The library at `synchronous=FULL`, with its log grown to the full size.
    async fn durable(&mut self) -> Result<L> {
        self.close().await?;
        let mut library = L::open(&self.path(), Durability::Full).await?;
        let conversation = data::conversation(1_000_000 + self.random.below(1_000_000));
        let fill = (0..LOG_FILL).map(|seq| {
            let key = Key { conversation: conversation.clone(), seq };
            data::message(key, &mut self.random).into()
        });
        library.insert_all(fill.collect()).await?;
        Ok(library)
    }

    fn keys(&mut self) -> Vec<Key> {
        (0..WORKING_SET).map(|_| Key::at(self.random.below(MESSAGES))).collect()
    }

    fn bodies(&mut self) -> Vec<String> {
        (0..61).map(|_| self.random.body()).collect()
    }

    /// Different records in an order without locality.
    async fn records(&mut self, library: &mut L) -> Result<Vec<L::Record>> {
        let step = MESSAGES / u32::try_from(WORKING_SET)?;
        let mut positions: Vec<u32> = (0..MESSAGES).step_by(step as usize).collect();
        for last in (1..positions.len()).rev() {
            positions.swap(last, self.random.below(u32::try_from(last)? + 1) as usize);
        }
        let mut records = Vec::with_capacity(positions.len());
        for position in positions {
            records.push(library.get(&Key::at(position)).await?);
        }
        Ok(records)
    }

    async fn bulk_insert(&mut self) -> Result<Cost> {
        if self.directory.exists() {
            fs::remove_dir_all(&self.directory)?;
        }
        fs::create_dir_all(&self.directory)?;
        let mut library = self.library().await?;
        let records: Vec<L::Record> = data::messages().map(L::Record::from).collect();
        let watch = Stopwatch::start();
        library.insert_all(records).await?;
        let cost = watch.cost(u64::from(MESSAGES));
        // The reads that follow find all data in the file itself.
        library.close().await?;
        Ok(cost)
    }

    async fn point_get(&mut self) -> Result<Cost> {
        let mut library = self.library().await?;
        let keys = self.keys();
        let mut keys = keys.iter().cycle();
        let mut meter = Meter::new(self.budget);
        while meter.goes_on() {
            if let Some(key) = keys.next() {
                black_box(library.get(key).await?);
            }
        }
        self.open = Some(library);
        Ok(meter.cost())
    }

    async fn page(&mut self) -> Result<Cost> {
        let mut library = self.library().await?;
        let numbers = (0..WORKING_SET).map(|_| 1 + self.random.below(SHORT_CONVERSATIONS));
        let names: Vec<String> = numbers.map(data::conversation).collect();
        let mut names = names.iter().cycle();
        let mut meter = Meter::new(self.budget);
        while meter.goes_on() {
            if let Some(name) = names.next() {
                let page = black_box(library.page(name).await?);
                assert_eq!(page.len(), PAGE, "a page is short");
            }
        }
        self.open = Some(library);
        Ok(meter.cost())
    }

    async fn scan(&mut self) -> Result<Cost> {
        let mut library = self.library().await?;
        let name = data::conversation(0);
        let mut meter = Meter::new(self.budget);
        while meter.goes_on() {
            let scan = black_box(library.scan(&name).await?);
            assert_eq!(scan.len(), LONG as usize, "a scan is short");
        }
        self.open = Some(library);
        Ok(meter.cost())
    }

    async fn scan_memory(&mut self) -> Result<Cost> {
        let mut library = self.library().await?;
        let name = data::conversation(0);
        // The first scan also fills caches and maps the file.
        black_box(library.scan(&name).await?);
        let peak = Peak::start()?;
        let watch = Stopwatch::start();
        black_box(library.scan(&name).await?);
        let cost = Cost { memory: peak.bytes()?, ..watch.cost(1) };
        self.open = Some(library);
        Ok(cost)
    }

    async fn scoped_gets(&mut self) -> Result<Option<Cost>> {
        let mut library = self.library().await?;
        let keys = self.keys();
        let mut chunks = keys.chunks(SCOPE).cycle();
        let mut meter = Meter::new(self.budget);
        while meter.goes_on() {
            if let Some(chunk) = chunks.next()
                && !library.get_in_scope(chunk).await?
            {
                self.open = Some(library);
                return Ok(None);
            }
        }
        self.open = Some(library);
        let Cost { wall, cpu, memory } = meter.cost();
        let gets = SCOPE as f64;
        Ok(Some(Cost { wall: wall / gets, cpu: cpu / gets, memory }))
    }

    async fn save(&mut self, durability: Durability) -> Result<Cost> {
        let mut library = match durability {
            Durability::Normal => self.library().await?,
            Durability::Full => self.durable().await?,
        };
        let bodies = self.bodies();
        let mut bodies = bodies.iter().cycle();
        let mut records = self.records(&mut library).await?;
        let mut at = 0;
        let mut meter = Meter::new(self.budget);
        while meter.goes_on() {
            if let Some(body) = bodies.next() {
                library.save(&mut records[at], body).await?;
                at = (at + 1) % WORKING_SET;
            }
        }
        library.close().await?;
        Ok(meter.cost())
    }

    async fn update(&mut self) -> Result<Option<Cost>> {
        let mut library = self.library().await?;
        let (keys, bodies) = (self.keys(), self.bodies());
        let mut changes = keys.iter().cycle().zip(bodies.iter().cycle());
        let mut meter = Meter::new(self.budget);
        while meter.goes_on() {
            if let Some((key, body)) = changes.next()
                && !library.update(key, body).await?
            {
                self.open = Some(library);
                return Ok(None);
            }
        }
        library.close().await?;
        Ok(Some(meter.cost()))
    }

    async fn saves_at_once(&mut self, tasks: usize) -> Result<Cost> {
        let mut library = self.durable().await?;
        let bodies = Arc::new(self.bodies());
        let mut records = self.records(&mut library).await?;
        let shared = library.share();
        let ended = Arc::new(AtomicBool::new(false));
        let watch = Stopwatch::start();
        let running: Vec<_> = (0..tasks)
            .map(|_| {
                let (bodies, ended, mut shared) = (bodies.clone(), ended.clone(), shared.clone());
                let mut own = records.split_off(records.len() - WORKING_SET / tasks);
                tokio::spawn(async move {
                    let mut saves = 0;
                    while !ended.load(Ordering::Relaxed) {
                        let (record, body) = (saves % own.len(), saves % bodies.len());
                        L::save_shared(&mut shared, &mut own[record], &bodies[body]).await?;
                        saves += 1;
                        // A server's task waits for its next request; one that never waits keeps
                        // the worker from all others.
                        tokio::task::yield_now().await;
                    }
                    Result::Ok(saves as u64)
                })
            })
            .collect();
        tokio::time::sleep(self.budget).await;
        ended.store(true, Ordering::Relaxed);
        let mut saves = 0;
        for task in running {
            saves += task.await??;
        }
        Ok(watch.cost(saves))
    }
}
