//! [`Administration`]: what reaches over all tenants.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::FuturesUnordered;

use super::DynamoDb;
use super::backend::Shared;
use super::item::{from_item, live};
use super::scan::{MOST_SEGMENTS, SEGMENTS, ScanPage, scan_record};
use super::sdk::operation::scan::builders::ScanInputBuilder;
use crate::backend::BoxFuture;
use crate::clock::{Clock, SystemClock};
use crate::error::Result;
use crate::record::{ListedIn, Record, Table};

/// A table without scopes: for jobs that belong to no tenant, such as reports, exports and repairs.
///
/// It is a handle of its own, so that no program reaches over tenants by a slip.
pub struct Administration<T> {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    table: PhantomData<fn() -> T>,
}

impl<T: Table> std::fmt::Debug for Administration<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Administration").field("table", &T::SCHEMA.name).finish_non_exhaustive()
    }
}

impl DynamoDb {
    /// Opens a table for administration, under the same options and checks as
    /// [`Table::open`].
    ///
    /// ```no_run
    /// # use keyloom::{Record, Table};
    /// # #[derive(Record)]
    /// # #[record(global, partition = "notes", sort = "{id}")]
    /// # struct Note { id: u32, text: String }
    /// # #[derive(Table)]
    /// # #[table(name = "notes", records(Note))]
    /// # struct Notes;
    /// use futures_util::TryStreamExt as _;
    /// use keyloom::dynamodb::{DynamoDb, sdk};
    ///
    /// # async fn run(client: sdk::Client) -> keyloom::Result<()> {
    /// let administration = DynamoDb::new(client).administration::<Notes>().await?;
    /// let mut notes = administration.scan::<Note>().segments(8).stream();
    /// while let Some(note) = notes.try_next().await? {
    ///     println!("{}", note.text);
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn administration<T: Table>(self) -> Result<Administration<T>> {
        let shared = self.connect(T::SCHEMA).await?;
        Ok(Administration { shared, clock: Arc::new(SystemClock), table: PhantomData })
    }
}

impl<T: Table> Administration<T> {
    /// Takes the time that decides what has expired from this clock instead of the system's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Reads every record of a type, of all tenants, in no order.
    ///
    /// **The whole table is read and paid for**, the records of other types included, because DynamoDB
    /// drops them only after it has read them. What has expired is not returned.
    pub fn scan<R: Record + ListedIn<T>>(&self) -> Scan<R> {
        Scan {
            shared: Arc::clone(&self.shared),
            clock: Arc::clone(&self.clock),
            segments: SEGMENTS,
            consistent: true,
            record: PhantomData,
        }
    }
}

/// A scan of a whole table: [`Administration::scan`].
#[must_use = "a scan reads nothing until its stream is polled"]
pub struct Scan<R> {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    segments: u32,
    consistent: bool,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> std::fmt::Debug for Scan<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scan")
            .field("record", &R::SCHEMA.name)
            .field("segments", &self.segments)
            .field("consistent", &self.consistent)
            .finish_non_exhaustive()
    }
}

impl<R: Record> Scan<R> {
    /// In how many segments the table is read side by side; 4 unless said otherwise, 1 at least and a
    /// million at most.
    ///
    /// Each segment holds up to one megabyte in memory.
    pub fn segments(mut self, segments: u32) -> Self {
        self.segments = segments.clamp(1, MOST_SEGMENTS);
        self
    }

    /// Reads at half the price what may lack the writes of the last moments.
    pub fn eventually_consistent(mut self) -> Self {
        self.consistent = false;
        self
    }

    /// The records, one after the other.
    ///
    /// A record that does not decode is an error of its own, and the stream goes on behind it; it ends
    /// with any other error. Writes go on beside it: it shows no single moment of the table.
    pub fn stream(self) -> ScanStream<R> {
        let input = scan_record(&self.shared.name, R::SCHEMA, self.consistent, self.clock.now());
        let mut stream = ScanStream {
            source: Arc::new(Source { shared: self.shared, input, segments: self.segments }),
            clock: self.clock,
            ready: VecDeque::new(),
            reading: FuturesUnordered::new(),
        };
        for segment in 0..self.segments {
            stream.read(segment, None);
        }
        stream
    }
}

/// What every segment reads from.
struct Source {
    shared: Arc<Shared>,
    input: ScanInputBuilder,
    segments: u32,
}

/// The records of a scan: [`Scan::stream`].
#[must_use = "a stream reads nothing until it is polled"]
pub struct ScanStream<R> {
    source: Arc<Source>,
    clock: Arc<dyn Clock>,
    ready: VecDeque<Result<R>>,
    reading: FuturesUnordered<BoxFuture<'static, Result<ScanPage>>>,
}

impl<R> std::fmt::Debug for ScanStream<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScanStream")
            .field("ready", &self.ready.len())
            .field("segments", &self.reading.len())
            .finish_non_exhaustive()
    }
}

impl<R> ScanStream<R> {
    fn read(&mut self, segment: u32, after: Option<super::Item>) {
        let source = Arc::clone(&self.source);
        self.reading.push(Box::pin(async move {
            let Source { shared, input, segments } = &*source;
            shared.scan(input, *segments, segment, after).await
        }));
    }
}

// Nothing is pinned in place: the futures that read are boxed.
impl<R> Unpin for ScanStream<R> {}

impl<R: Record> Stream for ScanStream<R> {
    type Item = Result<R>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<R>>> {
        let this = self.get_mut();
        loop {
            if let Some(record) = this.ready.pop_front() {
                return Poll::Ready(Some(record));
            }
            match Pin::new(&mut this.reading).poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => {
                    this.reading.clear();
                    return Poll::Ready(Some(Err(error)));
                }
                Poll::Ready(Some(Ok(page))) => {
                    if page.after.is_some() {
                        this.read(page.segment, page.after);
                    }
                    let now = this.clock.now();
                    let items = page.items.into_iter();
                    let alive = items.filter(|item| live(R::SCHEMA, item, false, now));
                    this.ready = alive.map(from_item).collect();
                }
            }
        }
    }
}
