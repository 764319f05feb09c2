//! [`Probe`]: how the derive tells a scalar field from a nested one, in one expression.
//!
//! `<Probe<T>>::access()` resolves to the inherent function where `T: Scalar`, because inherent items
//! come before those of traits, and to [`DocumentProbe`]'s otherwise. It only works on a concrete
//! type, which is what a derive has.
//!
//! Reading and writing both begin with `access()`, whose bound is what a type can lack: the compiler
//! then says the same of both, and shows it once.

use std::marker::PhantomData;

use super::{DocumentField, FieldSink, Invalid, Scalar, Value, document};
use crate::error::Error;
use crate::schema::{Reader, Storage};

/// A question about the field type `T`.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T: Scalar> Probe<T> {
    /// How a scalar is stored.
    pub const STORAGE: Storage = T::STORAGE;

    /// How a scalar is written and read.
    #[inline]
    pub const fn access() -> ScalarAccess<T> {
        ScalarAccess(PhantomData)
    }
}

/// The other answer: the field is a nested value that goes through serde.
pub trait DocumentProbe<T> {
    /// How a nested value is stored.
    const STORAGE: Storage = Storage::Document;

    /// How a nested value is written and read.
    #[inline]
    fn access() -> NestedAccess<T>
    where
        T: DocumentField,
    {
        NestedAccess { write: |value, to| to.document(value), read: document::read }
    }
}

impl<T> DocumentProbe<T> for Probe<T> {}

/// A question about the type of a field that stands in a key, which must be a scalar.
#[derive(Debug)]
pub struct KeyProbe<T>(PhantomData<T>);

impl<T: Scalar> KeyProbe<T> {
    /// How a scalar is stored.
    pub const STORAGE: Storage = T::STORAGE;

    /// How a scalar is written and read.
    #[inline]
    pub const fn access() -> ScalarAccess<T> {
        ScalarAccess(PhantomData)
    }
}

/// The other answer, for a type that the compiler refuses elsewhere: the derive asks once whether it
/// is a key part, and this keeps it from being told so again. It never runs.
pub trait NoKeyProbe<T> {
    /// Some storage.
    const STORAGE: Storage = Storage::Text;

    /// An access that fails.
    fn access() -> NestedAccess<T> {
        NestedAccess {
            write: |_, _| Err(Invalid::new("not a key part")),
            read: |_| Err(Invalid::new("not a key part")),
        }
    }
}

impl<T> NoKeyProbe<T> for KeyProbe<T> {}

/// How a scalar field is written and read.
#[derive(Debug)]
pub struct ScalarAccess<T>(PhantomData<T>);

impl<T: Scalar> ScalarAccess<T> {
    /// Writes the field.
    #[inline]
    pub fn write(self, value: &T, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        value.write(to)
    }

    /// Writes an optional field.
    #[inline]
    pub fn write_option(self, value: &Option<T>, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        match value {
            Some(value) => value.write(to),
            None => to.null(),
        }
    }

    /// Reads the field.
    #[inline]
    pub fn read(self, from: &mut Reader<'_>, at: usize, absent: Absent<T>) -> Result<T, Error> {
        from.read(at, absent, T::read)
    }

    /// Reads a value.
    #[inline]
    pub fn read_value(self, value: Value<'_>) -> Result<T, Invalid> {
        T::read(value)
    }

    /// Reads an optional field.
    #[inline]
    pub fn read_option(
        self,
        from: &mut Reader<'_>,
        at: usize,
        _: Absent<Option<T>>,
    ) -> Result<Option<T>, Error> {
        from.read_option(at, T::read)
    }
}

/// How a nested field is written and read.
///
/// It has no bound, because [`DocumentProbe::access`] has it.
#[derive(Debug)]
pub struct NestedAccess<T> {
    write: fn(&T, &mut dyn FieldSink) -> Result<(), Invalid>,
    read: fn(Value<'_>) -> Result<T, Invalid>,
}

impl<T> NestedAccess<T> {
    /// Writes the field.
    #[inline]
    pub fn write(self, value: &T, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        (self.write)(value, to)
    }

    /// Writes an optional field.
    #[inline]
    pub fn write_option(self, value: &Option<T>, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        match value {
            Some(value) => (self.write)(value, to),
            None => to.null(),
        }
    }

    /// Reads the field.
    #[inline]
    pub fn read(self, from: &mut Reader<'_>, at: usize, absent: Absent<T>) -> Result<T, Error> {
        from.read(at, absent, self.read)
    }

    /// Reads a value.
    #[inline]
    pub fn read_value(self, value: Value<'_>) -> Result<T, Invalid> {
        (self.read)(value)
    }

    /// Reads an optional field.
    #[inline]
    pub fn read_option(
        self,
        from: &mut Reader<'_>,
        at: usize,
        _: Absent<Option<T>>,
    ) -> Result<Option<T>, Error> {
        from.read_option(at, self.read)
    }
}

/// What a field becomes when nothing is stored for it: an error, or what this function makes.
pub type Absent<T> = Option<fn() -> T>;
