//! The typed store: every rule about what an operation means lives here.
//!
//! A [`Store`] is one open table. A [`Scope`] of it carries a tenant, or stands for the global
//! records, and is the only way to reach records. Its methods return requests that are awaited
//! directly. Nothing here knows an engine.

mod collection;
mod cursor;
mod delete;
mod filter;
mod open;
mod query;
mod read;
mod reconcile;
mod size;
mod stream;
mod write;

use std::marker::PhantomData;
use std::sync::Arc;

use crate::backend::{Backend, Reader};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{Key, KeyPart, TenantKey};
use crate::record::{Global, InScope, Lists, OfTenant, Record, Table, tenant_key};
use crate::schema::TableSchema;
use crate::value::Invalid;
use crate::{Revision, Timestamp};

pub use collection::{Collection, CollectionQuery, CollectionSchema};
pub use cursor::Cursor;
pub use delete::{Delete, DeleteAll, DeleteTarget};
pub use filter::{Condition, Field};
pub use open::Open;
pub use query::{DEFAULT_PAGE, Page, PageRequest, PathQuery, QueryRequest, Queryable, Selection};
pub use read::{Get, GetMany, OpenReadScope, ReadScope};
pub use size::MAX_RECORD_BYTES;
pub use stream::QueryStream;
pub use write::{Save, SaveAll};

/// What every handle of one open table shares.
struct Core {
    backend: Arc<dyn Backend>,
    table: &'static TableSchema,
    clock: Arc<dyn Clock>,
    seal: cursor::Seal,
}

/// An open table.
///
/// Cloning it is cheap; all clones share the engine's connections.
pub struct Store<T> {
    core: Arc<Core>,
    table: PhantomData<fn() -> T>,
}

impl<T> Clone for Store<T> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core), table: PhantomData }
    }
}

impl<T: Table> std::fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("table", &T::SCHEMA.name).finish_non_exhaustive()
    }
}

impl<T: Table> Store<T> {
    /// The records of one tenant. An empty tenant is refused by each operation.
    pub fn tenant(&self, tenant: &T::Tenant) -> Scope<T, OfTenant<T::Tenant>>
    where
        T::Tenant: KeyPart,
    {
        Scope::new(&self.core, tenant_key(tenant))
    }

    /// The records that belong to nobody.
    pub fn global(&self) -> Scope<T, Global> {
        Scope::new(&self.core, Ok(TenantKey::GLOBAL))
    }
}

/// The records of one tenant, or the global ones: where every operation begins.
///
/// ```
/// # use keyloom::{KeyPart, Record, Revision, Table, memory::Memory};
/// # #[derive(KeyPart, Clone, Debug, PartialEq)]
/// # pub struct Shop(String);
/// # #[derive(Record, Clone, Debug, PartialEq)]
/// # #[record(partition = "order#{id}")]
/// # pub struct Order {
/// #     #[record(tenant)] shop: Shop,
/// #     id: u64,
/// #     items: Vec<String>,
/// #     #[record(revision)] revision: Revision,
/// # }
/// # #[derive(Table)]
/// # #[table(name = "shops", tenant = Shop, records(Order))]
/// # pub struct Shops;
/// # async fn run() -> keyloom::Result<()> {
/// let store = Shops::open(Memory::new()).await?;
/// let bakery = store.tenant(&Shop::from("bakery"));
///
/// let mut order = Order {
///     shop: Shop::from("bakery"),
///     id: 7,
///     items: vec!["rye".into()],
///     revision: Revision::default(),
/// };
/// bakery.save(&mut order).await?;
/// assert_eq!(bakery.get(Order::key(7)).await?, Some(order));
/// # Ok(()) }
/// ```
pub struct Scope<T, K> {
    shared: Arc<ScopeShared>,
    kind: PhantomData<fn() -> (T, K)>,
}

struct ScopeShared {
    core: Arc<Core>,
    tenant: Result<TenantKey, Invalid>,
}

impl<T, K> Clone for Scope<T, K> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), kind: PhantomData }
    }
}

impl<T: Table, K> std::fmt::Debug for Scope<T, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scope").field("table", &T::SCHEMA.name).finish_non_exhaustive()
    }
}

impl<T: Table, K> Scope<T, K> {
    fn new(core: &Arc<Core>, tenant: Result<TenantKey, Invalid>) -> Self {
        let shared = ScopeShared { core: Arc::clone(core), tenant };
        Self { shared: Arc::new(shared), kind: PhantomData }
    }

    fn source(&self) -> Source<'_> {
        self.shared.source(&*self.shared.core.backend)
    }

    /// Reads the record with this key, or `None`.
    ///
    /// The read is strongly consistent, unless it is asked not to be.
    pub fn get<R>(&self, key: Key<R>) -> Get<'_, R>
    where
        R: Record + InScope<K>,
        T: Lists<R>,
    {
        Get::new(self.source(), <T as Lists<R>>::AT, key)
    }

    /// Reads the records with these keys: one answer for each key, in the order of the keys.
    ///
    /// Each read is strongly consistent, unless asked not to be; together they are no snapshot.
    pub fn get_many<R>(&self, keys: impl IntoIterator<Item = Key<R>>) -> GetMany<'_, R>
    where
        R: Record + InScope<K>,
        T: Lists<R>,
    {
        GetMany::new(self.source(), <T as Lists<R>>::AT, keys.into_iter().collect())
    }

    /// Reads a part of one partition or index, in key order; see [`QueryRequest`].
    pub fn query<S>(&self, selection: S) -> QueryRequest<'_, S::Output>
    where
        S: Selection,
        S::Output: Queryable<T, K>,
    {
        QueryRequest::new::<T, K>(self.source(), selection.into_select())
    }

    /// Opens a read scope: many reads at less cost, each of which sees every write that was
    /// acknowledged before.
    pub fn read_scope(&self) -> OpenReadScope<'_, T, K> {
        OpenReadScope::new(self)
    }

    /// Stores a new record; `AlreadyExists` with the stored record where one with its key is stored.
    pub fn insert<'a, R>(&'a self, record: &'a mut R) -> Save<'a, R>
    where
        R: Record + InScope<K>,
        T: Lists<R>,
    {
        Save::new(self.source(), <T as Lists<R>>::AT, record, true)
    }

    /// Stores a record.
    ///
    /// With a revision: at revision zero it is inserted, else it replaces the stored record of the
    /// same revision, or fails with `Conflict` and the stored record, or with `NotFound`. Without a
    /// revision it is written over whatever is stored. The caller's struct takes over the new
    /// revision and stamps when the write succeeds and stays as it is when it fails.
    pub fn save<'a, R>(&'a self, record: &'a mut R) -> Save<'a, R>
    where
        R: Record + InScope<K>,
        T: Lists<R>,
    {
        Save::new(self.source(), <T as Lists<R>>::AT, record, false)
    }

    /// [`insert`](Self::insert) for many records; each has its own outcome, in their order.
    pub fn insert_all<'a, R>(&'a self, records: &'a mut [R]) -> SaveAll<'a, R>
    where
        R: Record + InScope<K>,
        T: Lists<R>,
    {
        SaveAll::new(self.source(), <T as Lists<R>>::AT, records, true)
    }

    /// [`save`](Self::save) for many records; each has its own outcome, in their order.
    pub fn save_all<'a, R>(&'a self, records: &'a mut [R]) -> SaveAll<'a, R>
    where
        R: Record + InScope<K>,
        T: Lists<R>,
    {
        SaveAll::new(self.source(), <T as Lists<R>>::AT, records, false)
    }

    /// Removes a record, by reference or by key; `true` where one was stored.
    ///
    /// A `&record` with a revision is removed only at that revision: else `Conflict` with the stored
    /// record, or `NotFound`. A [`Key`] is removed whatever is stored there.
    pub fn delete<D>(&self, target: D) -> Delete<'_, D::Record>
    where
        D: DeleteTarget,
        D::Record: InScope<K>,
        T: Lists<D::Record>,
    {
        Delete::new(self.source(), <T as Lists<D::Record>>::AT, target)
    }

    /// Removes the records with these keys, whatever is stored there; each has its own outcome, in
    /// their order.
    ///
    /// The deletes are not one transaction. The same key twice is refused before anything is removed.
    /// On DynamoDB records without unique indexes go 25 to a request.
    pub fn delete_all<R>(&self, keys: impl IntoIterator<Item = Key<R>>) -> DeleteAll<'_, R>
    where
        R: Record + InScope<K>,
        T: Lists<R>,
    {
        DeleteAll::new(self.source(), <T as Lists<R>>::AT, keys.into_iter().collect())
    }
}

impl ScopeShared {
    fn source<'s>(&'s self, reader: &'s dyn Reader) -> Source<'s> {
        Source { core: &self.core, reader, tenant: &self.tenant }
    }
}

/// Where an operation takes place: a table, a reader of it, and a tenant.
#[derive(Clone, Copy)]
struct Source<'s> {
    core: &'s Core,
    reader: &'s dyn Reader,
    tenant: &'s Result<TenantKey, Invalid>,
}

impl<'s> Source<'s> {
    fn tenant(&self) -> Result<&'s TenantKey> {
        self.tenant
            .as_ref()
            .map_err(|invalid| Error::new(ErrorKind::InvalidKey, invalid.to_string()))
    }
}

/// What a successful write decided about a record's revision and stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamps {
    /// The revision it has now.
    pub revision: Revision,
    /// When it was first written, unless the write left that as it was.
    pub created: Option<Timestamp>,
    /// When it was last written.
    pub updated: Timestamp,
}
