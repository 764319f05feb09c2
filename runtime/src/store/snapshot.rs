//! Reads of several records at one moment.

use std::collections::HashSet;
use std::future::IntoFuture;

use super::Source;
use super::update::decoded;
use crate::backend::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{Key, KeyText, check_limits};
use crate::record::{InScope, ListedIn, Record};
use crate::request::{Get, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_ITEMS, Rows};
use crate::schema::{Path, RecordSchema};
use crate::value::{FieldSource, Row};

/// Keys of records of the table `T` in the scope `K`: a `Vec` or an array of keys of one type, or a
/// tuple of up to eight keys of any types.
#[diagnostic::on_unimplemented(
    message = "expected keys of records of table `{T}` in the scope `{K}`, found `{Self}`",
    label = "no list or tuple of keys of this table and scope"
)]
pub trait KeySet<T, K>: Sized {
    /// What is read: an `Option` of the record for each key.
    type Output: Send;

    /// The record of each key, by position, and its values.
    #[doc(hidden)]
    fn keys(&self) -> Result<Vec<(usize, Row)>>;

    /// The records of the rows found.
    #[doc(hidden)]
    fn read(found: Vec<Option<Row>>) -> Result<Self::Output>;
}

fn read_all<R: Record>(found: Vec<Option<Row>>) -> Result<Vec<Option<R>>> {
    found.into_iter().map(|row| row.map(decoded).transpose()).collect()
}

impl<T, K, R> KeySet<T, K> for Vec<Key<R>>
where
    R: Record + InScope<K> + ListedIn<T>,
{
    type Output = Vec<Option<R>>;

    fn keys(&self) -> Result<Vec<(usize, Row)>> {
        self.iter().map(|key| Ok((R::AT, key.row()?.clone()))).collect()
    }

    fn read(found: Vec<Option<Row>>) -> Result<Self::Output> {
        read_all(found)
    }
}

impl<T, K, R, const N: usize> KeySet<T, K> for [Key<R>; N]
where
    R: Record + InScope<K> + ListedIn<T>,
{
    type Output = Vec<Option<R>>;

    fn keys(&self) -> Result<Vec<(usize, Row)>> {
        self.iter().map(|key| Ok((R::AT, key.row()?.clone()))).collect()
    }

    fn read(found: Vec<Option<Row>>) -> Result<Self::Output> {
        read_all(found)
    }
}

macro_rules! key_tuples {
    ($(($($record:ident $at:tt),*);)*) => {$(
        impl<T, K, $($record),*> KeySet<T, K> for ($(Key<$record>,)*)
        where
            $($record: Record + InScope<K> + ListedIn<T>,)*
        {
            type Output = ($(Option<$record>,)*);

            fn keys(&self) -> Result<Vec<(usize, Row)>> {
                Ok(vec![$((<$record as ListedIn<T>>::AT, self.$at.row()?.clone())),*])
            }

            fn read(found: Vec<Option<Row>>) -> Result<Self::Output> {
                let mut found = found.into_iter();
                Ok(($(found.next().flatten().map(decoded::<$record>).transpose()?,)*))
            }
        }
    )*};
}

key_tuples! {
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
    (A 0, B 1, C 2, D 3, E 4, F 5);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
}

/// Reads of several records at one moment; awaited, it is an `Option` for each key.
///
/// Up to 100 keys, each once, and 4 MB of records: DynamoDB's limits, which hold on every engine.
#[must_use = "nothing is read until this is awaited"]
pub struct GetAtomic<'s, O> {
    source: Source<'s>,
    keys: Result<Vec<(usize, Row)>>,
    read: fn(Vec<Option<Row>>) -> Result<O>,
}

impl<'s, O> GetAtomic<'s, O> {
    pub(super) fn new<T, K, Q>(source: Source<'s>, keys: &Q) -> Self
    where
        Q: KeySet<T, K, Output = O>,
    {
        Self { source, keys: keys.keys(), read: Q::read }
    }
}

impl<O> std::fmt::Debug for GetAtomic<'_, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GetAtomic")
            .field("table", &self.source.core.table.name)
            .finish_non_exhaustive()
    }
}

/// Takes each record found to its place.
struct Found<'k> {
    records: Vec<&'static RecordSchema>,
    rows: &'k mut [Option<Row>],
    bytes: usize,
}

impl Rows for Found<'_> {
    fn row(&mut self, at: usize, row: &mut dyn FieldSource) -> Result<()> {
        let (Some(record), Some(place)) = (self.records.get(at), self.rows.get_mut(at)) else {
            return Ok(());
        };
        let copy = record.copy(row)?;
        self.bytes += copy.byte_len();
        *place = Some(copy);
        Ok(())
    }
}

impl<'s, O: Send + 's> IntoFuture for GetAtomic<'s, O> {
    type Output = Result<O>;
    type IntoFuture = BoxFuture<'s, Result<O>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { source, keys, read } = self;
            let (tenant, keys) = (source.tenant()?, keys?);
            if keys.len() > MAX_TRANSACTION_ITEMS {
                let message =
                    format!("more than {MAX_TRANSACTION_ITEMS} keys are read at one moment");
                return Err(Error::new(ErrorKind::Limit, message));
            }
            let records: Vec<&'static RecordSchema> =
                keys.iter().map(|(at, _)| source.core.table.records[*at]).collect();
            let mut seen = HashSet::with_capacity(keys.len());
            for (record, (_, key)) in records.iter().zip(&keys) {
                check_limits(record, Path::Primary, tenant, key)?;
                let text = KeyText::encode(record, Path::Primary, tenant, key)
                    .map_err(|invalid| Error::key(record.name, "key", &invalid))?;
                if !seen.insert(text) {
                    return Err(Error::new(
                        ErrorKind::InvalidKey,
                        "one key stands twice in the read",
                    )
                    .with_record(record.name));
                }
            }
            let now = source.core.clock.now();
            let lists: Vec<[&Row; 1]> = keys.iter().map(|(_, key)| [key]).collect();
            let gets: Vec<Get<'_>> = keys
                .iter()
                .zip(&lists)
                .map(|((record, _), keys)| Get {
                    tenant,
                    record: *record,
                    keys,
                    eventual: false,
                    deleted: false,
                    now,
                })
                .collect();
            let mut rows = vec![None; keys.len()];
            let mut found = Found { records, rows: &mut rows, bytes: 0 };
            if !gets.is_empty() {
                source.core.backend.snapshot(&gets, &mut found).await?;
            }
            if found.bytes > MAX_TRANSACTION_BYTES {
                let message = format!("the records take more than {MAX_TRANSACTION_BYTES} bytes");
                return Err(Error::new(ErrorKind::Limit, message));
            }
            read(rows)
        })
    }
}
