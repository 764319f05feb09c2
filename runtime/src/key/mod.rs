//! Keys: the order-preserving, injective text encoding v1, and the arguments that keys are built of.
//!
//! The code word of a component is a function of its [`KeyKind`] and value alone. Words are
//! prefix-free behind the `#` that ends each component, `#` is the smallest byte that can stand in a
//! key, and `$`, one above it, never stands in one. So byte order of keys is the order of the tuples
//! they encode, and `[e, e$)` is exactly what begins with the components of `e`.

mod argument;
mod foreign;
mod limits;
mod part;
mod select;
mod text;
pub(crate) mod wide;
mod word;

pub use argument::{
    Arg, At, Beginning, Exactly, Next, PartitionArg, PathArg, Prefixable, StartsWith, Step, Within,
    starts_with,
};
pub use limits::{MAX_PARTITION_BYTES, MAX_SORT_BYTES};
pub use part::{FixedShape, KeyPart, OpenText, Shape};
pub use select::{Key, Select, SelectRange};
pub use text::{KeyRange, KeyText, TenantKey};
pub use word::{decode_word, encode_word};

pub(crate) use limits::{check_limits, check_range};
#[cfg(any(feature = "sqlite", feature = "dynamodb"))]
pub(crate) use text::prefix_end;
pub(crate) use text::{
    append_key, components_text, decode_row, encode_partition, encode_range, key_row, position_row,
    scope_text, settle, text_range,
};
#[cfg(feature = "sqlite")]
pub(crate) use word::escape;
pub(crate) use word::{push_hex, read_hex};

/// How values of one type are written in a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyKind {
    /// Percent-encoded text.
    Text,
    /// Lower-case hexadecimal.
    Bytes,
    /// `false` and `true`.
    Bool,
    /// Zero-padded decimal of the type's width, or of the template's.
    Unsigned {
        /// The type's width in bits.
        bits: u8,
    },
    /// As unsigned; a negative is `-~` and its nines' complement.
    Signed {
        /// The type's width in bits.
        bits: u8,
    },
    /// RFC 3339 in UTC with six decimals.
    Timestamp,
    /// `YYYY-MM-DD`.
    Date,
    /// Hyphenated lower-case hexadecimal.
    Uuid,
    /// The canonical 26 characters.
    Ulid,
    /// One of these tags.
    Words(&'static [&'static str]),
}

impl KeyKind {
    /// The decimal digits of an integer kind's own width, or zero.
    pub const fn digits(self) -> u8 {
        match self {
            Self::Unsigned { bits } | Self::Signed { bits } => match bits {
                8 => 3,
                16 => 5,
                32 => 10,
                64 => {
                    if matches!(self, Self::Signed { .. }) {
                        19
                    } else {
                        20
                    }
                }
                _ => 39,
            },
            _ => 0,
        }
    }

    /// Whether the template may give a width.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Unsigned { .. } | Self::Signed { .. })
    }
}
