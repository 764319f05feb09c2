//! [`KeyPart`]: the types that can stand in a key.

use super::KeyKind;
use crate::Timestamp;
use crate::value::Scalar;

/// A type that can be part of a key: text, integers, `bool`, times, ids, and what
/// [`derive(KeyPart)`](derive@crate::KeyPart) makes of newtypes and unit enums.
///
/// ```
/// use keyloom::KeyPart;
///
/// #[derive(KeyPart, Clone, Debug, PartialEq)]
/// pub struct ProjectId(String);
///
/// #[derive(KeyPart, Clone, Debug, PartialEq)]
/// #[key_part(rename_all = "snake_case")]
/// pub enum Status { Open, InReview, Done }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a key",
    label = "not a key part",
    note = "key parts are text, integers of a fixed width, `bool`, `Timestamp`, dates, UUIDs, ULIDs, bytes, and newtypes and unit enums with `derive(KeyPart)`",
    note = "a float has no exact text: store an integer in the smallest unit instead; of a list or map, put the one field that is searched for into the key"
)]
pub trait KeyPart: Scalar {
    /// How values are written in a key.
    const KIND: KeyKind;

    /// Whether a prefix of a value means something: [`OpenText`] or [`FixedShape`].
    type Shape: Shape;
}

/// The shape of text, of which prefixes can be searched.
#[derive(Debug)]
pub enum OpenText {}

/// The shape of everything else.
#[derive(Debug)]
pub enum FixedShape {}

/// [`OpenText`] or [`FixedShape`].
pub trait Shape: sealed::Sealed {}

impl Shape for OpenText {}
impl Shape for FixedShape {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::OpenText {}
    impl Sealed for super::FixedShape {}
}

macro_rules! key_parts {
    ($($type:ty: $kind:expr, $shape:ty;)*) => {$(
        // The note above lists the key parts; a list of impls says it worse.
        #[diagnostic::do_not_recommend]
        impl KeyPart for $type {
            const KIND: KeyKind = $kind;
            type Shape = $shape;
        }
    )*};
}

key_parts! {
    String: KeyKind::Text, OpenText;
    Vec<u8>: KeyKind::Bytes, FixedShape;
    bool: KeyKind::Bool, FixedShape;
    u8: KeyKind::Unsigned { bits: 8 }, FixedShape;
    u16: KeyKind::Unsigned { bits: 16 }, FixedShape;
    u32: KeyKind::Unsigned { bits: 32 }, FixedShape;
    u64: KeyKind::Unsigned { bits: 64 }, FixedShape;
    u128: KeyKind::Unsigned { bits: 128 }, FixedShape;
    i8: KeyKind::Signed { bits: 8 }, FixedShape;
    i16: KeyKind::Signed { bits: 16 }, FixedShape;
    i32: KeyKind::Signed { bits: 32 }, FixedShape;
    i64: KeyKind::Signed { bits: 64 }, FixedShape;
    i128: KeyKind::Signed { bits: 128 }, FixedShape;
    Timestamp: KeyKind::Timestamp, FixedShape;
}
