//! Nested values: their JSON form, their limits and their size.

use std::fmt::Display;
use std::io;

use serde::de::DeserializeOwned;
use serde::ser::{self, Serialize};

use super::scalar::portable_float;
use super::{FieldSink, Invalid, Value};
use crate::schema::SetOf;

/// A field that goes through serde: lists, maps, structs, enums with data.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored as a field",
    label = "neither a key part nor a serde type",
    note = "a nested value and all that is in it needs `serde::Serialize` and `serde::Deserialize`; a typed id or a unit enum needs `derive(KeyPart)`"
)]
pub trait DocumentField: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> DocumentField for T {}

pub(super) fn read<T: DocumentField>(value: Value<'_>) -> Result<T, Invalid> {
    match value {
        Value::Text(json) => serde_json::from_str(&json).map_err(|error| misread(&error)),
        Value::Tree(tree) => T::deserialize(tree).map_err(Invalid::from),
        other => Err(Invalid::mismatch("a nested value", &other)),
    }
}

/// What serde found, by how its message begins, without the value that it goes on to show.
const FOUND: [(&str, &str); 11] = [
    ("invalid type: null", "null"),
    ("invalid type: boolean", "a boolean"),
    ("invalid type: integer", "an integer"),
    ("invalid type: floating point", "a floating-point number"),
    ("invalid type: string", "a string"),
    ("invalid type: sequence", "a list"),
    ("invalid type: map", "a map"),
    ("invalid value", "another value"),
    ("invalid length", "another length"),
    ("unknown variant", "an unknown variant"),
    ("unknown field", "an unknown field"),
];

/// Why JSON text does not read, in words that repeat nothing of what is stored.
#[cold]
fn misread(error: &serde_json::Error) -> Invalid {
    let place = format!(" at line {} column {}", error.line(), error.column());
    if error.is_eof() {
        return Invalid::new(format!("expected JSON, found text that ends too early{place}"));
    }
    if !error.is_data() {
        return Invalid::new(format!("expected JSON, found other text{place}"));
    }
    let text = error.to_string();
    if text.starts_with("missing field") {
        // The name is the type's, not the value's.
        return Invalid::new(text);
    }
    let found = FOUND.iter().find(|(words, _)| text.starts_with(words));
    // What is expected stands last, behind all that is stored.
    match (found, text.rsplit_once(", expected ")) {
        (Some((_, found)), Some((_, expected))) => {
            let expected = expected.strip_suffix(&place).unwrap_or(expected);
            Invalid::new(format!("expected {expected}, found {found}{place}"))
        }
        _ => Invalid::new(format!("the field's type refuses the JSON{place}")),
    }
}

/// How nested values become JSON text: floats normalised as [`Scalar`](super::Scalar) floats are, and
/// spelled as integers where they are some, because DynamoDB's numbers do not tell the two apart and
/// a type that takes either must read the same on every engine.
pub const JSON_FORM: JsonForm = JsonForm;

/// See [`JSON_FORM`].
#[derive(Clone, Copy, Debug)]
pub struct JsonForm;

impl serde_json::ser::Formatter for JsonForm {
    fn write_f32<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        self.write_f64(writer, f64::from(value))
    }

    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        if let Some(whole) = whole_number(value) {
            return serde_json::ser::CompactFormatter.write_i64(writer, whole);
        }
        serde_json::ser::CompactFormatter.write_f64(writer, value)
    }
}

/// The integer that a float is, if it is one and not too large to be exact.
pub(crate) fn whole_number(value: f64) -> Option<i64> {
    const LARGEST: f64 = 9.0e18;
    let whole = value.fract() == 0.0 && value.abs() <= LARGEST;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
    whole.then_some(value as i64)
}

/// Deepest nesting that every engine holds (DynamoDB's limit).
const MAX_DEPTH: u32 = 32;

/// Checks values against what every engine holds, and adds up their size in bytes.
///
/// The size is an upper bound of DynamoDB's own count
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>);
/// the names of top-level fields are the caller's to add.
#[derive(Debug, Default)]
pub(crate) struct Measure {
    /// Bytes so far.
    pub(crate) bytes: usize,
    depth: u32,
}

impl Measure {
    fn number(&mut self, magnitude: u64, negative: bool) {
        let digits = magnitude.checked_ilog10().unwrap_or(0) as usize + 1;
        self.bytes += digits.div_ceil(2) + 2 + usize::from(negative);
    }

    fn float(&mut self, value: f64) -> Result<(), Invalid> {
        portable_float(value)?;
        // Seventeen significant digits are the most that a shortest decimal of an f64 has.
        self.bytes += 17_usize.div_ceil(2) + 3;
        Ok(())
    }

    fn open(&mut self) -> Result<Nested<'_>, Refused> {
        self.open_levels(1)
    }

    fn open_levels(&mut self, levels: u32) -> Result<Nested<'_>, Refused> {
        if self.depth + levels > MAX_DEPTH {
            return Err(too_deep());
        }
        self.depth += levels;
        self.bytes += 3;
        Ok(Nested { measure: self, levels })
    }

    /// A variant with fields is a map of its name alone, and in that the map or list of the fields.
    fn open_variant(&mut self, name: &str) -> Result<Nested<'_>, Refused> {
        self.name(name)?;
        self.bytes += 4;
        self.open_levels(2)
    }

    fn name(&mut self, name: &str) -> Result<(), Refused> {
        if name.is_empty() {
            return Err(Refused(Invalid::new("a nested map has the empty key \"\"")));
        }
        self.bytes += name.len();
        Ok(())
    }
}

impl FieldSink for Measure {
    fn null(&mut self) -> Result<(), Invalid> {
        Ok(())
    }

    fn int(&mut self, value: i64) -> Result<(), Invalid> {
        self.number(value.unsigned_abs(), value < 0);
        Ok(())
    }

    fn real(&mut self, value: f64) -> Result<(), Invalid> {
        self.float(value)
    }

    fn text(&mut self, value: &str) -> Result<(), Invalid> {
        self.bytes += value.len();
        Ok(())
    }

    fn bytes(&mut self, value: &[u8]) -> Result<(), Invalid> {
        self.bytes += value.len();
        Ok(())
    }

    fn set(&mut self, _: SetOf, elements: &[Value<'_>]) -> Result<(), Invalid> {
        self.bytes += 3 + elements.len();
        elements.iter().try_for_each(|element| element.write(self))
    }

    fn document(&mut self, value: &dyn erased_serde::Serialize) -> Result<(), Invalid> {
        self.depth = 0;
        value.serialize(self).map_err(|Refused(invalid)| invalid)
    }
}

/// [`Invalid`] as serde's error.
#[derive(Debug)]
pub(crate) struct Refused(Invalid);

impl Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: Display>(message: T) -> Self {
        Self(Invalid::new(message.to_string()))
    }
}

#[cold]
fn too_deep() -> Refused {
    Refused(Invalid::new(format!("nested more than {MAX_DEPTH} levels deep")))
}

/// A list or map that is being measured; so many levels deeper until it ends.
pub(crate) struct Nested<'a> {
    measure: &'a mut Measure,
    levels: u32,
}

impl Nested<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        // What stands in a list or map is one level deeper, whatever it is.
        if self.measure.depth >= MAX_DEPTH {
            return Err(too_deep());
        }
        self.measure.bytes += 1;
        value.serialize(&mut *self.measure)
    }

    fn entry<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Refused> {
        self.measure.name(name)?;
        self.element(value)
    }

    fn close(self) {
        self.measure.depth -= self.levels;
    }
}

macro_rules! measure_signed {
    ($($method:ident $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<(), Refused> {
            self.serialize_i64(value.into())
        }
    )*};
}

impl<'a> ser::Serializer for &'a mut Measure {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Nested<'a>;
    type SerializeTuple = Nested<'a>;
    type SerializeTupleStruct = Nested<'a>;
    type SerializeTupleVariant = Nested<'a>;
    type SerializeMap = Nested<'a>;
    type SerializeStruct = Nested<'a>;
    type SerializeStructVariant = Nested<'a>;

    measure_signed! {
        serialize_i8 i8;
        serialize_i16 i16;
        serialize_i32 i32;
        serialize_u8 u8;
        serialize_u16 u16;
        serialize_u32 u32;
    }

    fn serialize_bool(self, _: bool) -> Result<(), Refused> {
        self.bytes += 1;
        Ok(())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Refused> {
        self.number(value.unsigned_abs(), value < 0);
        Ok(())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Refused> {
        let value = i64::try_from(value)
            .map_err(|_| Refused(Invalid::new(format!("{value} is above {}", i64::MAX))))?;
        self.serialize_i64(value)
    }

    fn serialize_i128(self, value: i128) -> Result<(), Refused> {
        let value = i64::try_from(value)
            .map_err(|_| Refused(Invalid::new(format!("{value} does not fit an i64"))))?;
        self.serialize_i64(value)
    }

    fn serialize_u128(self, value: u128) -> Result<(), Refused> {
        let value = i64::try_from(value)
            .map_err(|_| Refused(Invalid::new(format!("{value} does not fit an i64"))))?;
        self.serialize_i64(value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Refused> {
        self.float(value.into()).map_err(Refused)
    }

    fn serialize_f64(self, value: f64) -> Result<(), Refused> {
        self.float(value).map_err(Refused)
    }

    fn serialize_char(self, value: char) -> Result<(), Refused> {
        self.bytes += value.len_utf8();
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Refused> {
        self.bytes += value.len();
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Refused> {
        // JSON has no bytes: they are stored as a list of numbers.
        let mut list = self.open()?;
        for byte in value {
            list.element(byte)?;
        }
        list.close();
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Refused> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refused> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Refused> {
        self.bytes += 1;
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Refused> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Refused> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        let mut map = self.open()?;
        map.entry(variant, value)?;
        map.close();
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Nested<'a>, Refused> {
        self.open()
    }

    fn serialize_tuple(self, _: usize) -> Result<Nested<'a>, Refused> {
        self.open()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Nested<'a>, Refused> {
        self.open()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Nested<'a>, Refused> {
        self.open_variant(variant)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Nested<'a>, Refused> {
        self.open()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Nested<'a>, Refused> {
        self.open()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Nested<'a>, Refused> {
        self.open_variant(variant)
    }
}

macro_rules! nested_lists {
    ($($list:ident $method:ident;)*) => {$(
        impl ser::$list for Nested<'_> {
            type Ok = ();
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                self.element(value)
            }

            fn end(self) -> Result<(), Refused> {
                self.close();
                Ok(())
            }
        }
    )*};
}

nested_lists! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! nested_structs {
    ($($structure:ident)*) => {$(
        impl ser::$structure for Nested<'_> {
            type Ok = ();
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Refused> {
                self.entry(name, value)
            }

            fn end(self) -> Result<(), Refused> {
                self.close();
                Ok(())
            }
        }
    )*};
}

nested_structs!(SerializeStruct SerializeStructVariant);

impl ser::SerializeMap for Nested<'_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        // A key adds its bytes as any value does; one that adds none is the empty text.
        let before = self.measure.bytes;
        key.serialize(&mut *self.measure)?;
        if self.measure.bytes == before {
            return self.measure.name("");
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.element(value)
    }

    fn end(self) -> Result<(), Refused> {
        self.close();
        Ok(())
    }
}
