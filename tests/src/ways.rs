//! All ways to run one query, compared at once.

use std::fmt::Debug;

use futures_util::TryStreamExt as _;
use keyloom::QueryRequest;

use crate::check::ok;
use crate::{Database, eventually};

/// What one query answers in every way it can be run.
#[derive(Debug, PartialEq)]
struct Ways<O> {
    all: Vec<O>,
    streamed: Vec<O>,
    first: Option<O>,
    last: Option<O>,
    count: usize,
    limited: Vec<Limited<O>>,
    paged: Vec<Paged<O>>,
}

/// The answers under one limit, in both orders.
#[derive(Debug, PartialEq)]
struct Limited<O> {
    limit: usize,
    oldest: Vec<O>,
    newest: Vec<O>,
    streamed: Vec<O>,
    count: usize,
}

/// The pages of one size, in both orders, followed to their end.
#[derive(Debug, PartialEq)]
struct Paged<O> {
    size: usize,
    oldest: Vec<Vec<O>>,
    newest: Vec<Vec<O>>,
}

/// The limits around a number of records.
fn limits(count: usize) -> Vec<usize> {
    let mut limits = vec![0, 1, count / 2, count.saturating_sub(1), count, count + 1];
    limits.sort_unstable();
    limits.dedup();
    limits
}

fn expected<O: Clone>(records: &[O]) -> Ways<O> {
    let reversed: Vec<O> = records.iter().rev().cloned().collect();
    let pages = |records: &[O], size: usize| {
        let mut pages: Vec<Vec<O>> = records.chunks(size).map(<[O]>::to_vec).collect();
        // A full page has a cursor, also where nothing comes behind it.
        if records.len().is_multiple_of(size) {
            pages.push(Vec::new());
        }
        pages
    };
    let first = |records: &[O], limit: usize| records[..limit.min(records.len())].to_vec();
    Ways {
        all: records.to_vec(),
        streamed: records.to_vec(),
        first: records.first().cloned(),
        last: records.last().cloned(),
        count: records.len(),
        limited: limits(records.len())
            .into_iter()
            .map(|limit| Limited {
                limit,
                oldest: first(records, limit),
                newest: first(&reversed, limit),
                streamed: first(records, limit),
                count: limit.min(records.len()),
            })
            .collect(),
        paged: limits(records.len())
            .into_iter()
            .filter(|size| *size > 0)
            .map(|size| Paged {
                size,
                oldest: pages(records, size),
                newest: pages(&reversed, size),
            })
            .collect(),
    }
}

/// More pages than any body reads.
const ENDLESS: usize = 5_000;

/// Follows the cursors of a query to the end. A page has a cursor exactly when it is full.
pub(crate) async fn pages<'s, O: Send + 's>(
    query: impl Fn() -> QueryRequest<'s, O>,
    size: usize,
) -> Vec<Vec<O>> {
    let mut pages = Vec::new();
    let mut cursor = None;
    loop {
        let page = ok(query().limit(size).page(cursor.as_ref()).await);
        assert_eq!(page.cursor.is_some(), page.items.len() == size, "a page of {size}");
        pages.push(page.items);
        assert!(pages.len() < ENDLESS, "the cursors go on without end");
        match page.cursor {
            Some(next) => cursor = Some(next),
            None => return pages,
        }
    }
}

async fn run<'s, O: Send + 's>(query: &impl Fn() -> QueryRequest<'s, O>, count: usize) -> Ways<O> {
    let mut limited = Vec::new();
    let mut paged = Vec::new();
    for limit in limits(count) {
        limited.push(Limited {
            limit,
            oldest: ok(query().limit(limit).all().await),
            newest: ok(query().newest_first().limit(limit).all().await),
            streamed: ok(query().limit(limit).stream().try_collect().await),
            count: ok(query().limit(limit).count().await),
        });
        if limit > 0 {
            let oldest = pages(query, limit).await;
            let newest = pages(|| query().newest_first(), limit).await;
            paged.push(Paged { size: limit, oldest, newest });
        }
    }
    Ways {
        all: ok(query().newest_first().oldest_first().all().await),
        streamed: ok(query().stream().try_collect().await),
        first: ok(query().first().await),
        last: ok(query().newest_first().first().await),
        count: ok(query().count().await),
        limited,
        paged,
    }
}

/// Asserts that a query answers exactly `records`, in this order, in every way it can be run: whole,
/// as a stream, counted, in both orders, under limits around the number of records, page by page.
#[track_caller]
pub(crate) fn assert_query<'a, 's: 'a, O>(
    db: &'a dyn Database,
    records: &[O],
    query: impl Fn() -> QueryRequest<'s, O> + 'a,
) -> impl Future<Output = ()> + 'a
where
    O: Clone + Debug + PartialEq + Send + 's,
{
    let count = records.len();
    eventually(db, expected(records), async move || run(&query, count).await)
}

/// Asserts that a query answers exactly `records`, in this order: whole, counted, and its newest half.
///
/// For the many queries of a table of cases, whose pages and streams [`assert_query`] proves on one.
#[track_caller]
pub(crate) fn assert_answers<'a, 's: 'a, O>(
    db: &'a dyn Database,
    records: &[O],
    query: impl Fn() -> QueryRequest<'s, O> + 'a,
) -> impl Future<Output = ()> + 'a
where
    O: Clone + Debug + PartialEq + Send + 's,
{
    let half = records.len().div_ceil(2);
    let newest: Vec<O> = records.iter().rev().take(half).cloned().collect();
    eventually(db, (records.to_vec(), records.len(), newest), async move || {
        (
            ok(query().all().await),
            ok(query().count().await),
            ok(query().newest_first().limit(half).all().await),
        )
    })
}
