//! [`Scalar`]: types that are one column, one attribute, one [`Value`].

use super::{FieldSink, Invalid, Value};
use crate::schema::Storage;
use crate::{Revision, Timestamp};

/// A type that is stored as one plain value: a number, text, bytes, a time, a typed id.
///
/// Every other field type goes through serde. `derive(KeyPart)` implements this for newtypes and
/// unit enums.
pub trait Scalar: Sized {
    /// How the value is stored.
    const STORAGE: Storage;

    /// Writes the value, one call of `to`.
    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid>;

    /// Reads the value back.
    fn read(value: Value<'_>) -> Result<Self, Invalid>;
}

macro_rules! integers {
    ($($type:ident)*) => {$(
        impl Scalar for $type {
            const STORAGE: Storage = Storage::Int;

            fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
                to.int(i64::from(*self))
            }

            fn read(value: Value<'_>) -> Result<Self, Invalid> {
                let Value::Int(number) = value else {
                    return Err(Invalid::mismatch("an integer", &value));
                };
                number.try_into().map_err(|_| {
                    Invalid::new(concat!("an integer that does not fit ", stringify!($type)))
                })
            }
        }
    )*};
}

integers!(u8 u16 u32 i8 i16 i32 i64);

impl Scalar for u64 {
    const STORAGE: Storage = Storage::Int;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        // SQLite's INTEGER ends at 2⁶³ − 1, so every engine refuses what lies above.
        to.int(i64::try_from(*self).map_err(|_| {
            Invalid::new(format!(
                "{self} is above {}, the largest u64 every engine holds",
                i64::MAX
            ))
        })?)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        let Value::Int(number) = value else {
            return Err(Invalid::mismatch("an integer", &value));
        };
        number.try_into().map_err(|_| Invalid::new("an integer that does not fit u64"))
    }
}

/// 128-bit integers are stored as their key text, because no engine has such a number.
macro_rules! wide_integers {
    ($($type:ident $kind:expr;)*) => {$(
        impl Scalar for $type {
            const STORAGE: Storage = Storage::Text;

            fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
                let mut text = String::with_capacity(41);
                crate::key::wide::$type::encode(&mut text, *self);
                to.text(&text)
            }

            fn read(value: Value<'_>) -> Result<Self, Invalid> {
                let Value::Text(text) = &value else {
                    return Err(Invalid::mismatch($kind, &value));
                };
                crate::key::wide::$type::decode(text).ok_or_else(|| Invalid::new(concat!("expected ", $kind)))
            }
        }
    )*};
}

wide_integers! {
    u128 "the key text of a u128";
    i128 "the key text of an i128";
}

impl Scalar for bool {
    const STORAGE: Storage = Storage::Bool;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        to.int(i64::from(*self))
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        match value {
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            other => Err(Invalid::mismatch("a boolean", &other)),
        }
    }
}

impl Scalar for f64 {
    const STORAGE: Storage = Storage::Real;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        to.real(portable_float(*self)?)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        match value {
            Value::Real(number) => Ok(number),
            other => Err(Invalid::mismatch("a floating-point number", &other)),
        }
    }
}

impl Scalar for f32 {
    const STORAGE: Storage = Storage::Real;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        f64::from(*self).write(to)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        // Every f32 widens exactly, so narrowing what `write` stored is exact too.
        #[expect(clippy::cast_possible_truncation, reason = "the value was widened from an f32")]
        f64::read(value).map(|number| number as f32)
    }
}

/// A float that every engine holds, with `-0.0` made `0.0`.
///
/// The bounds are those of a DynamoDB number:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>.
pub(super) fn portable_float(number: f64) -> Result<f64, Invalid> {
    if number == 0.0 {
        return Ok(0.0);
    }
    if !number.is_finite() {
        return Err(Invalid::new(format!("{number} is not a finite number")));
    }
    if !(1e-130..=9.9e125).contains(&number.abs()) {
        return Err(Invalid::new(format!(
            "{number:e} lies outside 1e-130…9.9e125, the numbers every engine holds"
        )));
    }
    Ok(number)
}

impl Scalar for String {
    const STORAGE: Storage = Storage::Text;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        to.text(self)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        match value {
            Value::Text(text) => Ok(text.into_owned()),
            other => Err(Invalid::mismatch("text", &other)),
        }
    }
}

impl Scalar for Vec<u8> {
    const STORAGE: Storage = Storage::Bytes;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        to.bytes(self)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        match value {
            Value::Bytes(bytes) => Ok(bytes.into_owned()),
            other => Err(Invalid::mismatch("bytes", &other)),
        }
    }
}

impl Scalar for Timestamp {
    const STORAGE: Storage = Storage::Timestamp;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        to.int(self.as_micros())
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        match value {
            Value::Int(micros) => Timestamp::from_micros(micros)
                .ok_or_else(|| Invalid::new("a time outside the years 0000 to 9999")),
            other => Err(Invalid::mismatch("a timestamp", &other)),
        }
    }
}

impl Scalar for Revision {
    const STORAGE: Storage = Storage::Int;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        self.get().write(to)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        u64::read(value).map(Revision::new)
    }
}

/// Reads text by a type's own strict parser; what fails is a stored value that does not decode.
pub(crate) fn read_text<T>(
    value: &Value<'_>,
    expected: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Invalid> {
    let Value::Text(text) = value else {
        return Err(Invalid::mismatch(expected, value));
    };
    parse(text).ok_or_else(|| Invalid::new(format!("text that is not {expected}")))
}
