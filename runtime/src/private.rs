//! What the derives' expansions name. Not part of the public interface: it changes without notice.

pub use std::convert::From;
pub use std::marker::PhantomData;
pub use std::option::Option::{self, None, Some};
pub use std::result::Result::{Err, Ok};

pub use crate::error::{Error, ErrorKind, Result};
pub use crate::key::{
    Arg, At, FixedShape as Sized, Key, KeyKind, KeyPart, Next, PartitionArg, PathArg, Select, Step,
};
pub use crate::record::{
    FitsTenant, Global, InScope, ListedIn, NoTenant, Numbered, OfTenant, Record, SoftDeleted,
    StreamRecord, Table, Writable,
};
pub use crate::request::Member;
pub use crate::schema::rules::{self, order_members};
pub use crate::schema::{
    Component, FieldSchema, IndexSchema, Layout, Path, Reader, RecordSchema, Roles, SYSTEM,
    Storage, TableSchema,
};
pub use crate::store::{
    Collection, CollectionQuery, CollectionSchema, Field, InKey, IsMark, IsRevision, IsStamp,
    IsTenant, PathQuery, Queryable, Selection, Settable, Stamps, StreamKey,
};
pub use crate::value::{
    DocumentProbe, FieldSink, Fields, Invalid, KeyProbe, NoKeyProbe, Probe, Scalar, Value,
};

use crate::schema::{Projection, Sequence};
use crate::value::read_text;
use crate::{Revision, Timestamp};

/// What a field's write returns.
pub type Written = std::result::Result<(), Invalid>;
/// What a field's read returns.
pub type Outcome<T> = std::result::Result<T, Invalid>;

/// A record's schema.
pub const fn record(
    name: &'static str,
    fields: &'static [FieldSchema],
    roles: Roles,
    partition: &'static [Component],
    sort: &'static [Component],
    indexes: &'static [IndexSchema],
) -> RecordSchema {
    let primary = layout(partition, sort);
    RecordSchema { name, fields, roles, primary, indexes, sequence: None, inert: false }
}

/// The schema of a record that its derive refused.
pub const fn refused(name: &'static str) -> RecordSchema {
    RecordSchema { inert: true, ..record(name, &[], Roles::NONE, &[], &[], &[]) }
}

impl RecordSchema {
    /// The field at this position numbers the records of a scope, which is the partition where no
    /// template is given.
    #[doc(hidden)]
    #[must_use]
    pub const fn sequence<T>(
        mut self,
        field: usize,
        numbers: Numbers<T>,
        scope: &'static [Component],
    ) -> Self {
        self.sequence = Some(Sequence { field, max: numbers.max, scope, stream: false });
        self
    }

    /// The records are a stream, numbered by the field at this position.
    #[doc(hidden)]
    #[must_use]
    pub const fn stream<T>(mut self, field: usize, numbers: Numbers<T>) -> Self {
        self.sequence = Some(Sequence { field, max: numbers.max, scope: &[], stream: true });
        self
    }
}

/// A stored field.
pub const fn field(name: &'static str, storage: Storage) -> FieldSchema {
    // An empty set is stored as absent.
    let default = matches!(storage, Storage::Set(_));
    FieldSchema { name, stored: name, storage, optional: false, default, key: None }
}

/// A stored field that stands in a key.
pub const fn key_field<T: KeyPart>(name: &'static str) -> FieldSchema {
    FieldSchema { key: Some(T::KIND), ..field(name, T::STORAGE) }
}

impl FieldSchema {
    /// The field is stored under another name.
    #[doc(hidden)]
    #[must_use]
    pub const fn stored(mut self, name: &'static str) -> Self {
        self.stored = name;
        self
    }

    /// The field is an `Option`.
    #[doc(hidden)]
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The field has a default.
    #[doc(hidden)]
    #[must_use]
    pub const fn default(mut self) -> Self {
        self.default = true;
        self
    }
}

impl Roles {
    /// No field has a role.
    #[doc(hidden)]
    pub const NONE: Self = Self {
        tenant: None,
        revision: None,
        created: None,
        updated: None,
        expires: None,
        deleted: None,
    };
}

macro_rules! roles {
    ($($role:ident)*) => {
        impl Roles {$(
            /// The field at this position has the role.
            #[doc(hidden)]
            #[must_use]
            pub const fn $role(mut self, field: usize) -> Self {
                self.$role = Some(field);
                self
            }
        )*}
    };
}

roles!(tenant revision created updated expires deleted);

/// A literal component.
pub const fn text(literal: &'static str) -> Component {
    Component { literal, placeholder: None }
}

/// A component that is a placeholder.
pub const fn slot(field: usize) -> Component {
    let placeholder = crate::schema::Placeholder { field, width: None, norm: false };
    Component { literal: "", placeholder: Some(placeholder) }
}

impl Component {
    /// A literal stands before the placeholder.
    #[doc(hidden)]
    #[must_use]
    pub const fn prefix(mut self, literal: &'static str) -> Self {
        self.literal = literal;
        self
    }

    /// The placeholder gives a width.
    #[doc(hidden)]
    #[must_use]
    pub const fn width(mut self, width: u8) -> Self {
        if let Some(placeholder) = &mut self.placeholder {
            placeholder.width = Some(width);
        }
        self
    }

    /// The placeholder is normalised.
    #[doc(hidden)]
    #[must_use]
    pub const fn norm(mut self) -> Self {
        if let Some(placeholder) = &mut self.placeholder {
            placeholder.norm = true;
        }
        self
    }
}

/// A field's token.
pub const fn token<R, T, S>(at: usize) -> Field<R, T, S> {
    Field::new(at)
}

/// The templates of a path.
pub const fn layout(partition: &'static [Component], sort: &'static [Component]) -> Layout {
    Layout { partition, sort }
}

/// An index.
pub const fn index(name: &'static str, slot: u8) -> IndexSchema {
    let layout = layout(&[], &[]);
    IndexSchema { name, layout, unique: false, slot, projection: Projection::All }
}

/// A unique constraint that is no path of queries.
pub const fn unique(name: &'static str, fields: &'static [Component]) -> IndexSchema {
    index(name, 0).on(fields, &[]).unique()
}

impl IndexSchema {
    /// The index has these templates.
    #[doc(hidden)]
    #[must_use]
    pub const fn on(mut self, partition: &'static [Component], sort: &'static [Component]) -> Self {
        self.layout = layout(partition, sort);
        self
    }

    /// The index is unique.
    #[doc(hidden)]
    #[must_use]
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// On DynamoDB the index holds no fields but those that every index holds.
    #[doc(hidden)]
    #[must_use]
    pub const fn keys(mut self) -> Self {
        self.projection = Projection::Keys;
        self
    }

    /// On DynamoDB the index holds these fields too, and no others.
    #[doc(hidden)]
    #[must_use]
    pub const fn include(mut self, fields: &'static [usize]) -> Self {
        self.projection = Projection::Include(fields);
        self
    }
}

/// The answer to a position that no field has.
#[cold]
pub fn no_field(at: usize) -> Written {
    Err(Invalid::new(format!("the record has no field {at}")))
}

/// The answer to a position that no member has.
#[cold]
pub fn no_member<T>(at: usize) -> Result<T> {
    Err(Error::new(ErrorKind::Decode, format!("the collection has no member {at}")))
}

/// The answer of a record that the derive refused.
#[cold]
pub fn inert<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, "the record's derive reported errors"))
}

/// The tag that a stored enum holds.
pub fn tag<'a>(value: &'a Value<'_>) -> Option<&'a str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The answer to a tag that the enum lacks.
#[cold]
pub fn unknown_tag<T>(value: &Value<'_>, tags: &[&str]) -> Outcome<T> {
    Err(Invalid::mismatch(&format!("one of {tags:?}"), value))
}

/// Writes a part of keys that is its text.
pub fn write_display<T: std::fmt::Display>(part: &T, to: &mut dyn FieldSink) -> Written {
    to.text(&part.to_string())
}

/// Reads a part of keys that is its text.
pub fn read_parsed<T: std::str::FromStr>(value: &Value<'_>, name: &str) -> Outcome<T> {
    read_text(value, name, |text| text.parse().ok())
}

/// `T`'s default.
pub fn default<T: HasDefault>() -> T {
    T::default()
}

/// A type with a default, as a field with `default` or `skip` needs one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no default",
    label = "not a `Default` type",
    note = "a field with `default` or `skip` is its type's default where nothing is stored: implement `Default`, or name a function in `#[record(default = \"…\")]`"
)]
pub trait HasDefault: Default {}

#[diagnostic::do_not_recommend]
impl<T: Default> HasDefault for T {}

/// The function that a field's `default = "…"` names.
pub const fn fallback<T>(function: fn() -> T) -> Option<fn() -> T> {
    Some(function)
}

/// A boxed member.
pub fn boxed<T>(value: T) -> Box<T> {
    Box::new(value)
}

/// The type of a field with the role `revision`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a revision",
    label = "expected `keyloom::Revision`"
)]
pub trait RevisionField {
    /// Takes over the revision.
    fn set(&mut self, revision: Revision);
}

#[diagnostic::do_not_recommend]
impl RevisionField for Revision {
    fn set(&mut self, revision: Revision) {
        *self = revision;
    }
}

/// The type of a field with the role `created` or `updated`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the time of a write",
    label = "expected `keyloom::Timestamp`",
    note = "with their features, the times of `chrono`, `time` and `jiff` can hold it too"
)]
pub trait StampField {
    /// Takes over the time.
    fn set(&mut self, time: Timestamp);
}

#[diagnostic::do_not_recommend]
impl StampField for Timestamp {
    fn set(&mut self, time: Timestamp) {
        *self = time;
    }
}

/// The type of a field with the role `expires`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the time of expiry",
    label = "expected `keyloom::Timestamp` or `Option<keyloom::Timestamp>`",
    note = "with their features, the times of `chrono`, `time` and `jiff` can hold it too"
)]
pub trait ExpiresField {}

#[diagnostic::do_not_recommend]
impl ExpiresField for Timestamp {}
#[diagnostic::do_not_recommend]
impl ExpiresField for Option<Timestamp> {}

/// The type of a field with the role `deleted`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the mark of a soft delete",
    label = "expected `Option<keyloom::Timestamp>`",
    note = "with their features, the times of `chrono`, `time` and `jiff` can hold it too"
)]
pub trait DeletedField {}

#[diagnostic::do_not_recommend]
impl<T: StampField> DeletedField for Option<T> {}

/// The type of a field that numbers records.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a sequence number",
    label = "expected `u64`, `u32`, `i64` or `i32`"
)]
pub trait SequenceField {
    /// The greatest number it holds.
    const MAX: u64;
    /// Takes over the number.
    fn set(&mut self, number: u64);
}

macro_rules! sequence_fields {
    ($($type:ident $max:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl SequenceField for $type {
            const MAX: u64 = $max;

            fn set(&mut self, number: u64) {
                // Greater numbers are never handed out.
                *self = $type::try_from(number).unwrap_or($type::MAX);
            }
        }
    )*};
}

sequence_fields! {
    u64 i64::MAX as u64;
    i64 i64::MAX as u64;
    u32 u32::MAX as u64;
    i32 i32::MAX as u64;
}

/// How a field of type `T` holds the number of a sequence.
#[derive(Debug)]
pub struct Numbers<T> {
    max: u64,
    set: fn(&mut T, u64),
}

/// How a field of type `T` holds the number of a sequence. The schema and the stamps ask here, so that
/// the compiler says the same of a type that does not, and shows it once.
pub const fn numbers<T: SequenceField>() -> Numbers<T> {
    Numbers { max: T::MAX, set: T::set }
}

impl<T> Numbers<T> {
    /// Sets the number, where the write decided it.
    pub fn stamp(self, field: &mut T, stamps: &Stamps) {
        if let Some(number) = stamps.sequence {
            (self.set)(field, number);
        }
    }
}

/// A field with the role `deleted` has a type for it.
pub const fn assert_deleted<T: DeletedField>() {}

/// Moves a revision field.
pub fn stamp_revision<T: RevisionField>(field: &mut T, stamps: &Stamps) {
    field.set(stamps.revision);
}

/// Sets a creation stamp, where the write decided it.
pub fn stamp_created<T: StampField>(field: &mut T, stamps: &Stamps) {
    if let Some(created) = stamps.created {
        field.set(created);
    }
}

/// Sets an update stamp, where there was a write.
pub fn stamp_updated<T: StampField>(field: &mut T, stamps: &Stamps) {
    if let Some(updated) = stamps.updated {
        field.set(updated);
    }
}

/// A field with the role `expires` has a type for it.
pub const fn assert_expires<T: ExpiresField>() {}

/// A record of this scope may stand in the table.
pub const fn assert_scope<S: FitsTenant<T>, T>() {}
