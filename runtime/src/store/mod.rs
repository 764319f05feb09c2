//! The typed store: every rule about what an operation means lives here.
//!
//! A [`Store`] is one open table. A [`Scope`] of it carries a tenant, or stands for the global
//! records, and is the only way to reach records. Its methods return requests that are awaited
//! directly. Nothing here knows an engine.

mod assign;
mod collection;
mod cursor;
mod delete;
mod events;
mod filter;
mod open;
mod partition;
mod query;
mod read;
mod reconcile;
mod sequence;
mod size;
mod snapshot;
mod stream;
mod sweep;
mod system;
mod transaction;
mod update;
mod write;

use std::marker::PhantomData;
use std::sync::Arc;

use crate::backend::{Backend, Reader};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{Key, KeyPart, TenantKey};
use crate::record::{
    Global, InScope, ListedIn, Numbered, OfTenant, Record, SoftDeleted, StreamRecord, Table,
    Writable, tenant_key,
};
use crate::schema::TableSchema;
use crate::value::Invalid;
use crate::{Revision, Timestamp};

pub use assign::{Addable, Assign, CanBeSet, ListField, SetField};
pub use collection::{Collection, CollectionQuery, CollectionSchema};
pub use cursor::Cursor;
pub use delete::{Delete, DeleteAll, DeleteTarget};
pub use events::{
    Append, EventStream, MAX_APPEND, ReadEvents, SequenceConflict, StreamKey, TrimEvents,
};
pub use filter::{Condition, Field, InKey, IsMark, IsRevision, IsStamp, IsTenant, Settable};
pub use open::Open;
pub use partition::{DeletePartition, Removed};
pub(crate) use query::yield_now;
pub use query::{DEFAULT_PAGE, Page, PageRequest, PathQuery, QueryRequest, Queryable, Selection};
pub use read::{Get, GetMany, OpenReadScope, ReadScope};
pub use sequence::AssignNumber;
pub use size::MAX_RECORD_BYTES;
pub(crate) use size::check_record;
pub use snapshot::{GetAtomic, KeySet};
pub use stream::QueryStream;
pub use sweep::SweepExpired;
pub use transaction::{Commit, Transaction};
pub use update::{Patch, Update};
pub use write::{Save, SaveAll};

/// What every handle of one open table shares.
struct Core {
    backend: Arc<dyn Backend>,
    table: &'static TableSchema,
    clock: Arc<dyn Clock>,
    seal: cursor::Seal,
    lines: events::Lines,
    numbers: sequence::Given,
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
    /// Removes the records that have expired, of every tenant; awaited, it is how many.
    ///
    /// Expired records are never read, swept or not; this gives their room back. It goes in steps, between
    /// which others read and write. On DynamoDB it does nothing, because the engine removes what has
    /// expired by itself.
    pub fn sweep_expired(&self) -> SweepExpired<'_> {
        SweepExpired::new(&self.core)
    }

    /// The time by the store's clock, from which it takes the stamps of writes and judges what has expired.
    pub fn now(&self) -> Timestamp {
        self.core.clock.now()
    }

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

    fn source(&self, record: usize) -> Source<'_> {
        self.shared.source(&*self.shared.core.backend, record)
    }

    /// The time by the store's clock; see [`Store::now`].
    pub fn now(&self) -> Timestamp {
        self.shared.core.clock.now()
    }

    /// Reads the record with this key, or `None`.
    ///
    /// The read is strongly consistent, unless it is asked not to be.
    pub fn get<R>(&self, key: Key<R>) -> Get<'_, R>
    where
        R: Record + InScope<K> + ListedIn<T>,
    {
        Get::new(self.source(<R as ListedIn<T>>::AT), key)
    }

    /// Reads the records with these keys: one answer for each key, in the order of the keys.
    ///
    /// Each read is strongly consistent, unless asked not to be; together they are no snapshot.
    pub fn get_many<R>(&self, keys: impl IntoIterator<Item = Key<R>>) -> GetMany<'_, R>
    where
        R: Record + InScope<K> + ListedIn<T>,
    {
        GetMany::new(self.source(<R as ListedIn<T>>::AT), keys.into_iter().collect())
    }

    /// Reads a part of one partition or index, in key order; see [`QueryRequest`].
    pub fn query<S>(&self, selection: S) -> QueryRequest<'_, S::Output>
    where
        S: Selection,
        S::Output: Queryable<T, K>,
    {
        QueryRequest::new::<T, K>(self.source(usize::MAX), selection.into_select())
    }

    /// Opens a read scope: many reads at less cost, each of which sees every write that was
    /// acknowledged before.
    pub fn read_scope(&self) -> OpenReadScope<'_, T, K> {
        OpenReadScope::new(self)
    }

    /// Stores a new record; `AlreadyExists` with the stored record where one with its key is stored.
    pub fn insert<'a, R>(&'a self, record: &'a mut R) -> Save<'a, R>
    where
        R: Writable + InScope<K> + ListedIn<T>,
    {
        Save::new(self.source(<R as ListedIn<T>>::AT), record, true)
    }

    /// Stores a record.
    ///
    /// With a revision: at revision zero it is inserted, else it replaces the stored record of the
    /// same revision, or fails with `Conflict` and the stored record, or with `NotFound`. Without a
    /// revision it is written over whatever is stored. The caller's struct takes over the new
    /// revision and stamps when the write succeeds and stays as it is when it fails.
    pub fn save<'a, R>(&'a self, record: &'a mut R) -> Save<'a, R>
    where
        R: Writable + InScope<K> + ListedIn<T>,
    {
        Save::new(self.source(<R as ListedIn<T>>::AT), record, false)
    }

    /// [`insert`](Self::insert) for many records; each has its own outcome, in their order.
    pub fn insert_all<'a, R>(&'a self, records: &'a mut [R]) -> SaveAll<'a, R>
    where
        R: Writable + InScope<K> + ListedIn<T>,
    {
        SaveAll::new(self.source(<R as ListedIn<T>>::AT), records, true)
    }

    /// [`save`](Self::save) for many records; each has its own outcome, in their order.
    pub fn save_all<'a, R>(&'a self, records: &'a mut [R]) -> SaveAll<'a, R>
    where
        R: Writable + InScope<K> + ListedIn<T>,
    {
        SaveAll::new(self.source(<R as ListedIn<T>>::AT), records, false)
    }

    /// Gives a new record the next number of its sequence before it is stored, and returns the number: for
    /// what says the number and is written in one transaction with the record, such as an event.
    ///
    /// A record that has a number keeps it, and nothing is asked. A number that is not used is burnt.
    ///
    /// ```
    /// # use keyloom::{Record, Revision, Table, memory::Memory};
    /// # #[derive(Record, Default)]
    /// # #[record(global, partition = "tickets", sort = "{number}")]
    /// # struct Ticket {
    /// #     #[record(sequence)] number: u64,
    /// #     title: String,
    /// #     #[record(revision)] revision: Revision,
    /// # }
    /// # #[derive(Record)]
    /// # #[record(global, partition = "subscribers", sort = "{ticket}#{name}")]
    /// # struct Subscriber { ticket: u64, name: String }
    /// # #[derive(Table)]
    /// # #[table(name = "desk", records(Ticket, Subscriber))]
    /// # struct Desk;
    /// # async fn run() -> keyloom::Result<()> {
    /// # let desk = Desk::open(Memory::new()).await?.global();
    /// let mut ticket = Ticket { title: "It leaks".into(), ..Ticket::default() };
    /// let number = desk.assign_number(&mut ticket).await?;
    /// let mut author = Subscriber { ticket: number, name: "ann".into() };
    /// desk.transaction().insert(&mut ticket).insert(&mut author).commit().await?;
    /// # Ok(()) }
    /// ```
    pub fn assign_number<'a, R>(&'a self, record: &'a mut R) -> AssignNumber<'a, R>
    where
        R: Numbered + InScope<K> + ListedIn<T>,
    {
        AssignNumber::new(self.source(<R as ListedIn<T>>::AT), record)
    }

    /// Changes fields of a stored record without reading it first, and returns the record as it is then;
    /// see [`Update`].
    ///
    /// The record must be stored, unless [`or_insert`](Update::or_insert) says otherwise.
    pub fn update<R>(&self, key: Key<R>) -> Update<Source<'_>, R>
    where
        R: Writable + InScope<K> + ListedIn<T>,
    {
        Update::new(self.source(<R as ListedIn<T>>::AT), key)
    }

    /// Removes a record, by reference or by key; `true` where one was stored.
    ///
    /// A `&record` with a revision is removed only at that revision: else `Conflict` with the stored
    /// record, or `NotFound`. A [`Key`] is removed whatever is stored there, unless the request adds
    /// conditions. A record with a field `#[record(deleted)]` is only marked, and can be
    /// [restored](Self::restore).
    pub fn delete<D>(&self, target: D) -> Delete<'_, D::Record>
    where
        D: DeleteTarget,
        D::Record: Writable + InScope<K> + ListedIn<T>,
    {
        Delete::new(self.source(<D::Record as ListedIn<T>>::AT), target)
    }

    /// Removes the records with these keys, whatever is stored there; each has its own outcome, in
    /// their order.
    ///
    /// The deletes are not one transaction. The same key twice is refused before anything is removed.
    /// On DynamoDB records without unique indexes and soft deletes go 25 to a request.
    pub fn delete_all<R>(&self, keys: impl IntoIterator<Item = Key<R>>) -> DeleteAll<'_, R>
    where
        R: Writable + InScope<K> + ListedIn<T>,
    {
        DeleteAll::new(self.source(<R as ListedIn<T>>::AT), keys.into_iter().collect())
    }

    /// Removes every record of a collection's partition; awaited, it says how many.
    ///
    /// It goes step by step and is no transaction: what is written meanwhile may stay. After a failure or
    /// a crash call it again, and it goes on where it stopped. Softly deleted records are removed too;
    /// numbers that sequences and streams have given stay given.
    pub fn delete_partition<C>(&self, partition: CollectionQuery<C>) -> DeletePartition<'_, C>
    where
        C: Collection + Queryable<T, K>,
    {
        DeletePartition::new::<T, K>(self.source(usize::MAX), partition.into_select())
    }

    /// Takes the mark of a soft delete off a record and returns it; `NotFound` where no marked one is
    /// stored.
    pub fn restore<R>(&self, key: Key<R>) -> Update<Source<'_>, R>
    where
        R: SoftDeleted + InScope<K> + ListedIn<T>,
    {
        Update::restore(self.source(<R as ListedIn<T>>::AT), key)
    }

    /// Removes a record for good, softly deleted or not: its key and unique values are free then.
    pub fn purge<D>(&self, target: D) -> Delete<'_, D::Record>
    where
        D: DeleteTarget,
        D::Record: SoftDeleted + InScope<K> + ListedIn<T>,
    {
        Delete::new(self.source(<D::Record as ListedIn<T>>::AT), target).for_good()
    }

    /// Writes that are applied all or none; see [`Transaction`].
    pub fn transaction(&self) -> Transaction<'_, T, K> {
        Transaction::new(self.source(usize::MAX))
    }

    /// Reads up to 100 records of any types as they are at one moment: one answer for each key.
    ///
    /// The keys are a list of keys of one type, or a tuple of keys of several.
    ///
    /// ```
    /// # use keyloom::{Record, Table, memory::Memory};
    /// # #[derive(Record)]
    /// # #[record(global, partition = "notes", sort = "{id}")]
    /// # struct Note { id: u32, text: String }
    /// # #[derive(Record)]
    /// # #[record(global, partition = "tasks", sort = "{id}")]
    /// # struct Task { id: u32, title: String }
    /// # #[derive(Table)]
    /// # #[table(name = "desk", records(Note, Task))]
    /// # struct Desk;
    /// # async fn run() -> keyloom::Result<()> {
    /// # let desk = Desk::open(Memory::new()).await?.global();
    /// let (note, task) = desk.get_atomic((Note::key(1), Task::key(7))).await?;
    /// # Ok(()) }
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "keys are made for the call")]
    pub fn get_atomic<Q>(&self, keys: Q) -> GetAtomic<'_, Q::Output>
    where
        Q: KeySet<T, K>,
    {
        GetAtomic::new(self.source(usize::MAX), &keys)
    }

    /// The stream with this key: where events are appended and read; see [`EventStream`].
    pub fn stream<R>(&self, key: StreamKey<R>) -> EventStream<'_, R>
    where
        R: StreamRecord + InScope<K> + ListedIn<T>,
    {
        EventStream::new::<T, K>(self.source(<R as ListedIn<T>>::AT), key)
    }
}

impl ScopeShared {
    fn source<'s>(&'s self, reader: &'s dyn Reader, record: usize) -> Source<'s> {
        Source { core: &self.core, reader, tenant: &self.tenant, record }
    }
}

/// Where an operation takes place: a table, a reader of it, a tenant, and one of the table's records.
#[derive(Clone, Copy)]
pub struct Source<'s> {
    core: &'s Arc<Core>,
    reader: &'s dyn Reader,
    tenant: &'s Result<TenantKey, Invalid>,
    /// The record's position; of no meaning for operations on records of several types.
    record: usize,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("table", &self.core.table.name).finish_non_exhaustive()
    }
}

impl<'s> Source<'s> {
    fn tenant(&self) -> Result<&'s TenantKey> {
        self.tenant
            .as_ref()
            .map_err(|invalid| Error::new(ErrorKind::InvalidKey, invalid.to_string()))
    }
}

/// What was decided about a record's revision, stamps and number, by a successful write or before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamps {
    /// The revision it has now.
    pub revision: Revision,
    /// When it was first written, unless the write left that as it was.
    pub created: Option<Timestamp>,
    /// When it was last written, if the stamps are those of a write.
    pub updated: Option<Timestamp>,
    /// The number that its sequence gave it, where the write took one.
    pub sequence: Option<u64>,
}
