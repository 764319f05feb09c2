//! One record for each kind of key part, in the primary key and, optional, in an index.

use std::fmt;
use std::str::FromStr;

use keyloom::{KeyPart, Record, Table, Timestamp};

use super::{Account, desk::Status};

/// Text of its own type.
#[derive(KeyPart, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name(String);

/// Tags whose order is not that of the variants.
#[derive(KeyPart, Clone, Copy, Debug, PartialEq, Eq)]
#[key_part(rename_all = "kebab-case")]
pub(crate) enum Size {
    Small,
    ExtraLarge,
    Large,
}

/// Written as its text, `3x4`, by which it sorts.
#[derive(KeyPart, Clone, Copy, Debug, PartialEq, Eq)]
#[key_part(text)]
pub(crate) struct Grid {
    pub(crate) columns: u8,
    pub(crate) rows: u8,
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.columns, self.rows)
    }
}

impl FromStr for Grid {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (columns, rows) = text.split_once('x').unwrap_or((text, ""));
        Ok(Self { columns: columns.parse()?, rows: rows.parse()? })
    }
}

/// A record with a key of one kind, as far as a body that takes any kind needs it.
pub(crate) trait Keyed: Record + PartialEq + Clone + std::fmt::Debug {
    type Part: KeyPart;

    fn with(key: &Self::Part, other: Option<&Self::Part>) -> Self;
}

macro_rules! keyed {
    ($($record:ident $literal:literal $index:literal $part:ty;)*) => {
        $(
            #[derive(Record, Clone, Debug, PartialEq)]
            #[record(
                partition = $literal,
                sort = "{key}",
                index(by_other, partition = $index, sort = "{other}")
            )]
            pub(crate) struct $record {
                #[record(tenant)]
                pub(crate) account: Account,
                pub(crate) key: $part,
                pub(crate) other: Option<$part>,
            }

            impl Keyed for $record {
                type Part = $part;

                fn with(key: &$part, other: Option<&$part>) -> Self {
                    Self { account: super::acme(), key: key.clone(), other: other.cloned() }
                }
            }
        )*

        #[derive(Table)]
        #[table(name = "kit.kinds", tenant = Account, records($($record),*))]
        pub(crate) struct Kinds;
    };
}

keyed! {
    OfU8 "u8#key" "u8#other" u8;
    OfU16 "u16#key" "u16#other" u16;
    OfU32 "u32#key" "u32#other" u32;
    OfU64 "u64#key" "u64#other" u64;
    OfU128 "u128#key" "u128#other" u128;
    OfI8 "i8#key" "i8#other" i8;
    OfI16 "i16#key" "i16#other" i16;
    OfI32 "i32#key" "i32#other" i32;
    OfI64 "i64#key" "i64#other" i64;
    OfI128 "i128#key" "i128#other" i128;
    OfBool "bool#key" "bool#other" bool;
    OfText "text#key" "text#other" String;
    OfName "name#key" "name#other" Name;
    OfBytes "bytes#key" "bytes#other" Vec<u8>;
    OfTime "time#key" "time#other" Timestamp;
    OfStatus "status#key" "status#other" Status;
    OfSize "size#key" "size#other" Size;
    OfGrid "grid#key" "grid#other" Grid;
}
