//! [`Probe`]: how the derive tells a scalar field from a nested one, in one expression.
//!
//! `<Probe<T>>::STORAGE` resolves to the inherent constant where `T: Scalar`, because inherent items
//! come before those of traits, and to [`DocumentProbe`]'s otherwise. It only works on a concrete
//! type, which is what a derive has.

use std::marker::PhantomData;

use super::{DocumentField, FieldSink, Invalid, Scalar, document};
use crate::error::Error;
use crate::schema::{Reader, Storage};

/// A question about the field type `T`.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T: Scalar> Probe<T> {
    /// How a scalar is stored.
    pub const STORAGE: Storage = T::STORAGE;

    /// Writes a scalar.
    #[inline]
    pub fn write(value: &T, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        value.write(to)
    }

    /// Writes an optional scalar.
    #[inline]
    pub fn write_option(value: &Option<T>, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        match value {
            Some(value) => value.write(to),
            None => to.null(),
        }
    }

    /// Reads a scalar.
    #[inline]
    pub fn read(from: &mut Reader<'_>, at: usize, absent: Absent<T>) -> Result<T, Error> {
        from.read(at, absent, T::read)
    }

    /// Reads an optional scalar.
    #[inline]
    pub fn read_option(
        from: &mut Reader<'_>,
        at: usize,
        _: Absent<Option<T>>,
    ) -> Result<Option<T>, Error> {
        from.read_option(at, T::read)
    }
}

/// The other answer: the field is a nested value that goes through serde.
pub trait DocumentProbe<T> {
    /// How a nested value is stored.
    const STORAGE: Storage = Storage::Document;

    /// Writes a nested value.
    #[inline]
    fn write(value: &T, to: &mut dyn FieldSink) -> Result<(), Invalid>
    where
        T: DocumentField,
    {
        to.document(value)
    }

    /// Writes an optional nested value.
    #[inline]
    fn write_option(value: &Option<T>, to: &mut dyn FieldSink) -> Result<(), Invalid>
    where
        T: DocumentField,
    {
        match value {
            Some(value) => to.document(value),
            None => to.null(),
        }
    }

    /// Reads a nested value.
    #[inline]
    fn read(from: &mut Reader<'_>, at: usize, absent: Absent<T>) -> Result<T, Error>
    where
        T: DocumentField,
    {
        from.read(at, absent, document::read)
    }

    /// Reads an optional nested value.
    #[inline]
    fn read_option(
        from: &mut Reader<'_>,
        at: usize,
        _: Absent<Option<T>>,
    ) -> Result<Option<T>, Error>
    where
        T: DocumentField,
    {
        from.read_option(at, document::read)
    }
}

impl<T> DocumentProbe<T> for Probe<T> {}

/// What a field becomes when nothing is stored for it: an error, or what this function makes.
pub type Absent<T> = Option<fn() -> T>;
