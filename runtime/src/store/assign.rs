//! What an update may do to a field of each type.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use super::filter::Settable;
use crate::key::KeyPart;
use crate::value::Invalid;

/// Says that an update may set a field.
#[diagnostic::on_unimplemented(
    message = "no update changes a field that is `{Self}`",
    label = "not for an update to change",
    note = "`InKey`: it stands in the primary key, or is the number of a sequence, and says which record it is",
    note = "`IsTenant`, `IsRevision`, `IsStamp`, `IsMark`: keyloom decides it; `delete` and `restore` set and remove the mark of a soft delete"
)]
pub trait CanBeSet {}

#[diagnostic::do_not_recommend]
impl CanBeSet for Settable {}

/// A value for a field of type `T`: a `T`, what an `Option` is of, and `&str` for text.
#[diagnostic::on_unimplemented(
    message = "expected a value of type `{T}`, found `{Self}`",
    label = "expected `{T}`"
)]
pub trait Assign<T> {
    /// The value.
    fn into_value(self) -> T;
}

impl<T> Assign<T> for T {
    fn into_value(self) -> T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> Assign<Option<T>> for T {
    fn into_value(self) -> Option<T> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl Assign<String> for &str {
    fn into_value(self) -> String {
        self.to_owned()
    }
}

#[diagnostic::do_not_recommend]
impl Assign<Option<String>> for &str {
    fn into_value(self) -> Option<String> {
        Some(self.to_owned())
    }
}

/// A field type to which amounts are added: integers of up to 64 bits, and `Option`s of them.
#[diagnostic::on_unimplemented(
    message = "nothing can be added to a field of type `{Self}`",
    label = "not an integer of up to 64 bits",
    note = "floats are not added on every engine alike: store an integer in the smallest unit instead, such as cents or micros"
)]
pub trait Addable {
    /// What is added.
    type Amount: Copy;
    /// The least value of the field.
    const MIN: i64;
    /// The greatest value of the field.
    const MAX: i64;
    /// The amount as every engine takes it.
    fn amount(amount: Self::Amount) -> Result<i64, Invalid>;
}

macro_rules! numbers {
    ($($type:ident $min:expr, $max:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Addable for $type {
            type Amount = Self;
            const MIN: i64 = $min;
            const MAX: i64 = $max;

            fn amount(amount: Self) -> Result<i64, Invalid> {
                i64::try_from(amount)
                    .map_err(|_| Invalid::new(format!("{amount} is above {}", i64::MAX)))
            }
        }
    )*};
}

numbers! {
    u8 0, u8::MAX as i64;
    u16 0, u16::MAX as i64;
    u32 0, u32::MAX as i64;
    u64 0, i64::MAX;
    i8 i8::MIN as i64, i8::MAX as i64;
    i16 i16::MIN as i64, i16::MAX as i64;
    i32 i32::MIN as i64, i32::MAX as i64;
    i64 i64::MIN, i64::MAX;
}

#[diagnostic::do_not_recommend]
impl<T: Addable> Addable for Option<T> {
    type Amount = T::Amount;
    const MIN: i64 = T::MIN;
    const MAX: i64 = T::MAX;

    fn amount(amount: T::Amount) -> Result<i64, Invalid> {
        T::amount(amount)
    }
}

/// A field type that elements are put behind or before: lists, and `Option`s of them.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` is no list",
    label = "not a `Vec` or an `Option<Vec<_>>`"
)]
pub trait ListField {
    /// What the list is of.
    type Element: Serialize;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> ListField for Vec<T> {
    type Element = T;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> ListField for Option<Vec<T>> {
    type Element = T;
}

/// A field type that elements are inserted into and removed from: sets of key parts.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` is no set",
    label = "not a set of key parts",
    note = "sets are `BTreeSet` and `HashSet` of text, integers, ids and bytes"
)]
pub trait SetField {
    /// What the set is of.
    type Element: KeyPart;
}

#[diagnostic::do_not_recommend]
impl<T: KeyPart + Ord> SetField for BTreeSet<T> {
    type Element = T;
}

#[diagnostic::do_not_recommend]
impl<T: KeyPart, S> SetField for HashSet<T, S> {
    type Element = T;
}
