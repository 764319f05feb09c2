//! The traits that the derives implement.

use crate::error::Result;
use crate::key::{FixedShape, KeyKind, KeyPart, TenantKey};
use crate::schema::{Reader, RecordSchema, Storage, TableSchema};
use crate::store::{Open, Stamps};
use crate::value::{FieldSink, Fields, Invalid, Row, Scalar, Value};

/// A struct with a key layout and a mapping to every engine; implemented by
/// [`derive(Record)`](derive@crate::Record).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "not a record",
    note = "write `#[derive(keyloom::Record)]` and `#[record(partition = \"…\")]` on the struct"
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

    /// Its stored fields, by position.
    #[doc(hidden)]
    fn as_fields(&self) -> &dyn Fields {
        self
    }
}

impl<R: Record> Fields for R {
    fn field(&self, at: usize, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        self.write_field(at, to)
    }
}

/// A record that is inserted, saved, updated and deleted: any but a [`StreamRecord`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not inserted, saved, updated or deleted",
    label = "a stream, or not a record",
    note = "events of a stream are appended by `scope.stream(…).append(&mut event)`, and the oldest removed by its `trim_through`; any other record has `#[derive(keyloom::Record)]`"
)]
pub trait Writable: Record {}

/// A record whose deletes only mark it: one with a field `#[record(deleted)]`.
#[diagnostic::on_unimplemented(
    message = "deletes of `{Self}` leave nothing to restore or to purge",
    label = "has no field `#[record(deleted)]`",
    note = "`delete` removes such a record for good; `#[record(deleted)]` on a field of type `Option<Timestamp>` makes its deletes soft"
)]
pub trait SoftDeleted: Writable {}

/// A record that a sequence numbers: one with a field `#[record(sequence)]` that is no stream.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no number to be given before it is stored",
    label = "has no field `#[record(sequence)]`, or is a stream",
    note = "write `#[record(sequence)]` on a `u64`, `u32`, `i64` or `i32` in the sort key; the events of a stream are numbered when they are appended"
)]
pub trait Numbered: Writable {}

/// A record of an append-only stream, as `#[record(stream)]` makes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream",
    label = "not a stream",
    note = "write `#[record(stream)]` on the struct and `#[record(sequence)]` on the field that numbers its records"
)]
pub trait StreamRecord: Record {}

/// A list of records that share one DynamoDB table or one SQLite database; implemented by
/// [`derive(Table)`](derive@crate::Table).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table",
    label = "not a table",
    note = "write `#[derive(keyloom::Table)]` and `#[table(records(…))]` on a unit struct"
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

/// Says that the table `T` lists the record; implemented by [`derive(Table)`](derive@crate::Table).
///
/// Generic code writes it as a bound, such as `R: Writable + InScope<OfTenant<Shop>> + ListedIn<Shops>`.
#[diagnostic::on_unimplemented(
    message = "table `{T}` does not list the record `{Self}`",
    label = "`{Self}` is not in this table",
    note = "add it to the table's `records(…)`"
)]
pub trait ListedIn<T> {
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
    message = "`{Self}` is not reached through the scope `{K}`",
    label = "in another scope",
    note = "a tenant's records are reached through `store.tenant(&id)`, global ones through `store.global()`"
)]
pub trait InScope<K> {}

#[diagnostic::do_not_recommend]
impl<K, R: Record<Scope: Is<K>>> InScope<K> for R {}

/// The same type; a trait, because the compiler explains a missing impl in our words and a type
/// mismatch in its own.
pub trait Is<T> {}

impl<T> Is<T> for T {}

/// Says that records of this scope may stand in a table whose tenants are `T`.
pub trait FitsTenant<T> {}

impl<T> FitsTenant<T> for Global {}
impl<T, U: IsTenant<T>> FitsTenant<T> for OfTenant<U> {}

/// Says that a record's tenants are the table's.
#[diagnostic::on_unimplemented(
    message = "the record's tenant is a `{Self}`, the table's is a `{T}`",
    label = "another tenant than the table's",
    note = "the table names the type of its tenants in `#[table(tenant = …)]`, and the tenant field of each record has that type; without it they are `NoTenant`, and all records global"
)]
pub trait IsTenant<T> {}

#[diagnostic::do_not_recommend]
impl<T> IsTenant<T> for T {}

/// A table without tenants refuses the type of what is passed for one, not its own.
impl Scalar for NoTenant {
    const STORAGE: Storage = Storage::Text;

    fn write(&self, _: &mut dyn FieldSink) -> Result<(), Invalid> {
        match *self {}
    }

    fn read(_: Value<'_>) -> Result<Self, Invalid> {
        Err(Invalid::new("the table has no tenants"))
    }
}

#[diagnostic::do_not_recommend]
impl KeyPart for NoTenant {
    const KIND: KeyKind = KeyKind::Words(&[]);
    type Shape = FixedShape;
}

/// A value that names a tenant.
pub(crate) fn tenant_key<T: KeyPart>(tenant: &T) -> Result<TenantKey, Invalid> {
    let mut row = Row::with_capacity(1);
    tenant.write(&mut row)?;
    TenantKey::new(T::KIND, row.pop())
}
