//! What a caller may pass where a key wants a value: the value itself, or a range.
//!
//! `impl Into<u32>` refuses the literal `7`, and `Range<&str>` is no `RangeBounds<String>`; so these
//! are traits of our own. One method takes a value or a range, and a marker that the compiler infers
//! tells which.

use std::ops::{Bound, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use super::{KeyPart, OpenText, Select};
use crate::value::{FieldSink, Invalid, Scalar};

/// Something that gives a value of type `T`: a `T`, a `&T`, and `&str` for text.
#[diagnostic::on_unimplemented(
    message = "expected a value of type `{T}`, found `{Self}`",
    label = "expected `{T}`"
)]
pub trait Arg<T> {
    /// Writes the value.
    fn write_value(&self, to: &mut dyn FieldSink) -> Result<(), Invalid>;
}

impl<T: Scalar> Arg<T> for T {
    fn write_value(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        Scalar::write(self, to)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar> Arg<T> for &T {
    fn write_value(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        Scalar::write(*self, to)
    }
}

#[diagnostic::do_not_recommend]
impl Arg<String> for &str {
    fn write_value(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        to.text(self)
    }
}

#[diagnostic::do_not_recommend]
impl Arg<Vec<u8>> for &[u8] {
    fn write_value(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        to.bytes(self)
    }
}

#[diagnostic::do_not_recommend]
impl<const N: usize> Arg<Vec<u8>> for &[u8; N] {
    fn write_value(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        to.bytes(*self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar> Arg<Option<T>> for &Option<T> {
    fn write_value(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        match self {
            Some(value) => Scalar::write(value, to),
            None => to.null(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar, A: Arg<T>> Arg<Option<T>> for Option<A> {
    fn write_value(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        match self {
            Some(value) => value.write_value(to),
            None => to.null(),
        }
    }
}

/// Marks an argument that is one value; more components may follow it.
#[derive(Debug)]
pub enum Exactly {}

/// Marks an argument that is a range; nothing follows it.
#[derive(Debug)]
pub enum Within {}

/// Marks an argument that is all text with one beginning; nothing follows it.
#[derive(Debug)]
pub enum Beginning {}

/// The position of a path query: so many sort components are given.
#[derive(Debug)]
pub enum At<const N: usize> {}

/// Says that the component at `N` comes next at this position of a path query.
#[diagnostic::on_unimplemented(
    message = "this component of the key does not come next",
    label = "not the next component",
    note = "components are given from the left, each as one value; only the last one given may be a range"
)]
pub trait Next<const N: usize> {}

#[diagnostic::do_not_recommend]
impl<const N: usize> Next<N> for At<N> {}

/// A step of a path query: the component at `N`, of type `T`, may be given at the position `At` in
/// this way.
///
/// It stands beside [`PathArg`], not in its impls, so that the compiler finds the impl first and then
/// says what is wrong with the type or with the position.
pub trait Step<T, At, const N: usize> {
    /// The position after the step, where one value leads to `Next`.
    type Then<Next>;
}

impl<T, At: Next<N>, const N: usize> Step<T, At, N> for Exactly {
    type Then<Next> = Next;
}

impl<T, At: Next<N>, const N: usize> Step<T, At, N> for Within {
    type Then<Next> = Within;
}

impl<T: Prefixable, At: Next<N>, const N: usize> Step<T, At, N> for Beginning {
    type Then<Next> = Within;
}

/// An argument of a path's component: a value, a Rust range of values, or [`starts_with`] on text.
#[diagnostic::on_unimplemented(
    message = "expected a value or a range of `{T}`, found `{Self}`",
    label = "neither a `{T}` nor a range of it"
)]
pub trait PathArg<T, M> {
    /// Adds the argument to a selection.
    fn add_to(self, select: &mut Select);
}

impl<T, A: Arg<T>> PathArg<T, Exactly> for A {
    fn add_to(self, select: &mut Select) {
        select.equal(&self);
    }
}

macro_rules! ranges {
    ($($range:ty, $self:ident => $lower:expr, $upper:expr;)*) => {$(
        impl<T, A: Arg<T>> PathArg<T, Within> for $range {
            fn add_to($self, select: &mut Select) {
                select.range::<T, A>($lower, $upper);
            }
        }
    )*};
}

ranges! {
    Range<A>, self => Bound::Included(&self.start), Bound::Excluded(&self.end);
    RangeInclusive<A>, self => Bound::Included(self.start()), Bound::Included(self.end());
    RangeFrom<A>, self => Bound::Included(&self.start), Bound::Unbounded;
    RangeTo<A>, self => Bound::Unbounded, Bound::Excluded(&self.end);
    RangeToInclusive<A>, self => Bound::Unbounded, Bound::Included(&self.end);
    (Bound<A>, Bound<A>), self => self.0.as_ref(), self.1.as_ref();
}

impl<T> PathArg<T, Within> for RangeFull {
    fn add_to(self, _: &mut Select) {}
}

/// See [`starts_with`].
#[derive(Clone, Copy, Debug)]
pub struct StartsWith<P>(P);

/// The range of all text that begins with `prefix`; the empty prefix is everything.
///
/// ```
/// # use keyloom::{Record, starts_with};
/// # #[derive(Record)]
/// # #[record(global, partition = "cities", sort = "{name}")]
/// # struct City { name: String, people: u32 }
/// let selection = City::partition().name(starts_with("New"));
/// ```
pub fn starts_with<P: AsRef<str>>(prefix: P) -> StartsWith<P> {
    StartsWith(prefix)
}

/// A key part of which a prefix can be searched: text and newtypes of text.
#[diagnostic::on_unimplemented(
    message = "`starts_with` asks for the beginning of text, which `{Self}` is not",
    label = "not text",
    note = "use a Rust range of values instead, such as `a..b`"
)]
pub trait Prefixable {}

#[diagnostic::do_not_recommend]
impl<T: KeyPart<Shape = OpenText>> Prefixable for T {}
#[diagnostic::do_not_recommend]
impl<T: KeyPart<Shape = OpenText>> Prefixable for Option<T> {}

impl<T, P: AsRef<str>> PathArg<T, Beginning> for StartsWith<P> {
    fn add_to(self, select: &mut Select) {
        select.starts_with(self.0.as_ref());
    }
}

/// The values of a collection's partition: nothing, one value, or a tuple of values.
#[diagnostic::on_unimplemented(
    message = "expected the values `{P}` of the partition, found `{Self}`",
    label = "not the values of the partition",
    note = "one value stands alone, several stand in a tuple, and `()` is the partition without placeholders"
)]
pub trait PartitionArg<P> {
    /// Adds the values to a selection.
    fn add_to(self, select: &mut Select);
}

#[diagnostic::do_not_recommend]
impl PartitionArg<()> for () {
    fn add_to(self, _: &mut Select) {}
}

#[diagnostic::do_not_recommend]
impl<T, A: Arg<T>> PartitionArg<(T,)> for A {
    fn add_to(self, select: &mut Select) {
        select.equal(&self);
    }
}

macro_rules! partition_tuples {
    ($(($($part:ident $arg:ident $at:tt),*);)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($part, $arg: Arg<$part>),*> PartitionArg<($($part,)*)> for ($($arg,)*) {
            fn add_to(self, select: &mut Select) {
                $(select.equal(&self.$at);)*
            }
        }
    )*};
}

partition_tuples! {
    (T0 A0 0, T1 A1 1);
    (T0 A0 0, T1 A1 1, T2 A2 2);
    (T0 A0 0, T1 A1 1, T2 A2 2, T3 A3 3);
    (T0 A0 0, T1 A1 1, T2 A2 2, T3 A3 3, T4 A4 4);
    (T0 A0 0, T1 A1 1, T2 A2 2, T3 A3 3, T4 A4 4, T5 A5 5);
}
