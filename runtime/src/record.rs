//! The traits that the derives implement.

use crate::error::Result;
use crate::key::{KeyPart, TenantKey};
use crate::schema::{Reader, RecordSchema, TableSchema};
use crate::store::{Open, Stamps};
use crate::value::{FieldSink, Fields, Invalid, Row};

/// A struct with a key layout and a mapping to every engine; implemented by
/// [`derive(Record)`](derive@crate::Record).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no record",
    label = "no record",
    note = "add `#[derive(keyloom::Record)]` and a `#[record(partition = \"…\")]`"
)]
pub trait Record: Sized + Send + Sync + 'static {
    /// The scope it is reached through: [`OfTenant`] or [`Global`].
    type Scope;
    /// The types of its partition's placeholders.
    type Partition;
    /// Its schema.
    const SCHEMA: &'static RecordSchema;

    /// Writes the stored field at a position.
    fn write_field(&self, at: usize, to: &mut dyn FieldSink) -> Result<(), Invalid>;

    /// Reads the whole struct.
    fn read_fields(from: &mut Reader<'_>) -> Result<Self>;

    /// Takes over what a successful write decided.
    fn stamp(&mut self, stamps: &Stamps);
}

impl<R: Record> Fields for R {
    fn field(&self, at: usize, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        self.write_field(at, to)
    }
}

/// A list of records that share one DynamoDB table or one SQLite database; implemented by
/// [`derive(Table)`](derive@crate::Table).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no table",
    label = "no table",
    note = "add `#[derive(keyloom::Table)]` to a unit struct"
)]
pub trait Table: Sized + Send + Sync + 'static {
    /// The type of its tenants; [`NoTenant`] where all records are global.
    type Tenant;
    /// Its schema.
    const SCHEMA: &'static TableSchema;

    /// Its schema.
    fn schema() -> &'static TableSchema {
        Self::SCHEMA
    }

    /// The SQL statements that create its SQLite database.
    fn sqlite_ddl() -> String {
        Self::SCHEMA.sqlite_ddl()
    }

    /// Opens it on an engine: creates what is missing, refuses what does not fit.
    ///
    /// ```
    /// # use keyloom::{Record, Table, memory::Memory};
    /// # #[derive(Record)]
    /// # #[record(global, partition = "notes", sort = "{id}")]
    /// # struct Note { id: u32, text: String }
    /// # #[derive(Table)]
    /// # #[table(name = "notes", records(Note))]
    /// # struct Notes;
    /// # async fn run() -> keyloom::Result<()> {
    /// let store = Notes::open(Memory::new()).await?;
    /// # Ok(()) }
    /// ```
    fn open(engine: impl crate::backend::Engine + 'static) -> Open<Self> {
        Open::new(Box::new(engine))
    }
}

/// Says that a table lists the record `R`; implemented by [`derive(Table)`](derive@crate::Table).
#[diagnostic::on_unimplemented(
    message = "table `{Self}` does not list the record `{R}`",
    label = "`{R}` is not in this table",
    note = "add it to the table's `records(…)`"
)]
pub trait Lists<R> {
    /// The record's position in the table's schema.
    const AT: usize;
}

/// The scope of records that belong to nobody.
#[derive(Debug)]
pub enum Global {}

/// The scope of the records of one tenant of type `T`.
#[derive(Debug)]
pub struct OfTenant<T>(std::marker::PhantomData<T>);

/// The tenant type of a table whose records are all global.
#[derive(Debug)]
pub enum NoTenant {}

/// Says that a record is reached through the scope `K`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not reached through a scope of `{K}`",
    label = "another scope's record",
    note = "a tenant's records are reached through `store.tenant(&id)`, global ones through `store.global()`"
)]
pub trait InScope<K> {}

impl<R: Record> InScope<R::Scope> for R {}

/// Says that records of this scope may stand in a table whose tenants are `T`.
#[diagnostic::on_unimplemented(
    message = "the record belongs to `{Self}`, the table's tenants are `{T}`",
    label = "another tenant type than the table's",
    note = "give the tenant field the type that the table names in `tenant = …`"
)]
pub trait FitsTenant<T> {}

impl<T> FitsTenant<T> for Global {}
impl<T> FitsTenant<T> for OfTenant<T> {}

/// A value that names a tenant.
pub(crate) fn tenant_key<T: KeyPart>(tenant: &T) -> Result<TenantKey, Invalid> {
    let mut row = Row::with_capacity(1);
    tenant.write(&mut row)?;
    TenantKey::new(T::KIND, row.pop())
}
