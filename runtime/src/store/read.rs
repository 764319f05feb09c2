//! Reads by key, and the read scope.

use std::collections::HashMap;
use std::future::IntoFuture;
use std::marker::PhantomData;

use super::{QueryRequest, Queryable, Scope, Selection, Source};
use crate::backend::{BoxFuture, Reader};
use crate::error::{Error, Result};
use crate::key::{Key, KeyText, check_limits};
use crate::record::{InScope, ListedIn, Record, Table};
use crate::request::{self, Rows};
use crate::schema::{Path, Reader as FieldReader};
use crate::value::FieldSource;

/// One read by key; awaited, it is the record or `None`.
#[must_use = "a get reads nothing until it is awaited"]
pub struct Get<'s, R> {
    source: Source<'s>,
    key: Key<R>,
    eventual: bool,
    deleted: bool,
}

impl<'s, R: Record> Get<'s, R> {
    pub(super) fn new(source: Source<'s>, key: Key<R>) -> Self {
        Self { source, key, eventual: false, deleted: false }
    }

    /// Reads the record also where it is softly deleted.
    pub fn with_deleted(mut self) -> Self {
        self.deleted = true;
        self
    }

    /// Lets DynamoDB answer from a copy that may lag behind, at half the cost; memory and SQLite have
    /// no such copy.
    pub fn eventually_consistent(mut self) -> Self {
        self.eventual = true;
        self
    }
}

impl<R: Record> std::fmt::Debug for Get<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Get").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Takes the one record that a get can find.
struct One<R>(Option<R>);

impl<R: Record> Rows for One<R> {
    fn row(&mut self, _: usize, row: &mut dyn FieldSource) -> Result<()> {
        self.0 = Some(R::read_fields(&mut FieldReader::new(R::SCHEMA, row))?);
        Ok(())
    }
}

impl<'s, R: Record> IntoFuture for Get<'s, R> {
    type Output = Result<Option<R>>;
    type IntoFuture = BoxFuture<'s, Result<Option<R>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let row = self.key.row()?;
            let tenant = self.source.tenant()?;
            check_limits(R::SCHEMA, Path::Primary, tenant, row)?;
            let now = self.source.core.clock.now();
            let (record, eventual, deleted) = (self.source.record, self.eventual, self.deleted);
            let get = request::Get { tenant, record, keys: &[row], eventual, deleted, now };
            let mut one = One(None);
            self.source.reader.get(&get, &mut one).await?;
            Ok(one.0)
        })
    }
}

/// Reads by many keys; awaited, it is one answer for each key, in their order.
#[must_use = "a get reads nothing until it is awaited"]
pub struct GetMany<'s, R> {
    source: Source<'s>,
    keys: Vec<Key<R>>,
    eventual: bool,
    deleted: bool,
}

impl<'s, R: Record> GetMany<'s, R> {
    pub(super) fn new(source: Source<'s>, keys: Vec<Key<R>>) -> Self {
        Self { source, keys, eventual: false, deleted: false }
    }

    /// As [`Get::with_deleted`].
    pub fn with_deleted(mut self) -> Self {
        self.deleted = true;
        self
    }

    /// As [`Get::eventually_consistent`].
    pub fn eventually_consistent(mut self) -> Self {
        self.eventual = true;
        self
    }
}

impl<R: Record> std::fmt::Debug for GetMany<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GetMany").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

/// Hands each record found to every place that asked for its key.
struct Many<R> {
    places: Vec<Vec<usize>>,
    found: Vec<Option<R>>,
}

impl<R: Record> Many<R> {
    fn put(&mut self, place: usize, row: &mut dyn FieldSource) -> Result<()> {
        let record = R::read_fields(&mut FieldReader::new(R::SCHEMA, row))?;
        if let Some(found) = self.found.get_mut(place) {
            *found = Some(record);
        }
        Ok(())
    }
}

impl<R: Record> Rows for Many<R> {
    fn row(&mut self, at: usize, row: &mut dyn FieldSource) -> Result<()> {
        let places = self.places.get(at).cloned().unwrap_or_default();
        let [place] = places[..] else {
            // A source gives each value once, so a record wanted twice is copied first.
            let mut copy = R::SCHEMA.copy(row)?;
            return places.into_iter().try_for_each(|place| self.put(place, &mut copy));
        };
        self.put(place, row)
    }
}

impl<'s, R: Record> IntoFuture for GetMany<'s, R> {
    type Output = Result<Vec<Option<R>>>;
    type IntoFuture = BoxFuture<'s, Result<Vec<Option<R>>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let tenant = self.source.tenant()?;
            let mut first: HashMap<KeyText, usize> = HashMap::with_capacity(self.keys.len());
            let mut keys = Vec::with_capacity(self.keys.len());
            let mut places: Vec<Vec<usize>> = Vec::with_capacity(self.keys.len());
            for (place, key) in self.keys.iter().enumerate() {
                let row = key.row()?;
                check_limits(R::SCHEMA, Path::Primary, tenant, row)?;
                let text = KeyText::encode(R::SCHEMA, Path::Primary, tenant, row)
                    .map_err(|invalid| Error::key(R::SCHEMA.name, "key", &invalid))?;
                let at = *first.entry(text).or_insert(keys.len());
                if at == keys.len() {
                    keys.push(row);
                    places.push(Vec::with_capacity(1));
                }
                places[at].push(place);
            }
            let found = std::iter::repeat_with(|| None).take(self.keys.len()).collect();
            let mut many = Many { places, found };
            if !keys.is_empty() {
                let now = self.source.core.clock.now();
                let (record, eventual) = (self.source.record, self.eventual);
                let deleted = self.deleted;
                let get = request::Get { tenant, record, keys: &keys, eventual, deleted, now };
                self.source.reader.get(&get, &mut many).await?;
            }
            Ok(many.found)
        })
    }
}

/// A read scope that is about to be opened; awaited, it is the [`ReadScope`].
#[must_use = "a read scope is opened when this is awaited"]
pub struct OpenReadScope<'s, T, K> {
    scope: &'s Scope<T, K>,
}

impl<'s, T: Table, K> OpenReadScope<'s, T, K> {
    pub(super) fn new(scope: &'s Scope<T, K>) -> Self {
        Self { scope }
    }
}

impl<T: Table, K> std::fmt::Debug for OpenReadScope<'_, T, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenReadScope").field("scope", &self.scope).finish()
    }
}

impl<'s, T: Table, K: 'static> IntoFuture for OpenReadScope<'s, T, K> {
    type Output = Result<ReadScope<'s, T, K>>;
    type IntoFuture = BoxFuture<'s, Result<ReadScope<'s, T, K>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let reader = self.scope.shared.core.backend.read_scope().await?;
            Ok(ReadScope { scope: self.scope, reader, kind: PhantomData })
        })
    }
}

/// Many reads at less cost.
///
/// Each sees every write that was acknowledged before the scope was opened; whether it sees later
/// ones is open. On SQLite it holds one read transaction, which keeps the write-ahead log from
/// shrinking: hold it for a piece of work, not for the life of the program.
#[must_use = "a read scope is for reading"]
pub struct ReadScope<'s, T, K> {
    scope: &'s Scope<T, K>,
    reader: Box<dyn Reader + 's>,
    kind: PhantomData<fn() -> (T, K)>,
}

impl<T: Table, K> std::fmt::Debug for ReadScope<'_, T, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadScope").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl<T: Table, K> ReadScope<'_, T, K> {
    fn source(&self, record: usize) -> Source<'_> {
        self.scope.shared.source(&*self.reader, record)
    }

    /// As [`Scope::get`].
    pub fn get<R>(&self, key: Key<R>) -> Get<'_, R>
    where
        R: Record + InScope<K> + ListedIn<T>,
    {
        Get::new(self.source(<R as ListedIn<T>>::AT), key)
    }

    /// As [`Scope::get_many`].
    pub fn get_many<R>(&self, keys: impl IntoIterator<Item = Key<R>>) -> GetMany<'_, R>
    where
        R: Record + InScope<K> + ListedIn<T>,
    {
        GetMany::new(self.source(<R as ListedIn<T>>::AT), keys.into_iter().collect())
    }

    /// As [`Scope::query`].
    pub fn query<S>(&self, selection: S) -> QueryRequest<'_, S::Output>
    where
        S: Selection,
        S::Output: Queryable<T, K>,
    {
        QueryRequest::new::<T, K>(self.source(usize::MAX), selection.into_select())
    }
}
