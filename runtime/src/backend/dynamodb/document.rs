//! Nested values as native documents.
//!
//! Writing follows serde's data model as `serde_json` does, so that a value reads back the same from a
//! document and from the JSON text of the other engines.

use std::collections::HashMap;
use std::fmt::{self, Display, Write as _};
use std::mem;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::ser::{self, Serialize};

use crate::value::{Invalid, Tree, whole_number};

/// The document of a nested value.
pub(super) fn document(value: &dyn erased_serde::Serialize) -> Result<AttributeValue, Invalid> {
    let mut document = AttributeValue::Null(true);
    value.serialize(Writer(&mut document)).map_err(|Refused(invalid)| *invalid)?;
    Ok(document)
}

/// A float as DynamoDB's decimal text.
pub(super) fn decimal(value: f64) -> String {
    match whole_number(value) {
        Some(whole) => whole.to_string(),
        // The shortest text that reads back as the same float, with an exponent where that is shorter.
        None => format!("{value:?}"),
    }
}

/// Looks at an attribute as a tree.
pub(super) fn tree(value: &AttributeValue) -> Tree<'_> {
    match value {
        AttributeValue::Bool(value) => Tree::Bool(*value),
        AttributeValue::N(number) => Tree::Number(number.into()),
        AttributeValue::S(text) => Tree::Text(text.into()),
        AttributeValue::B(bytes) => Tree::Bytes(bytes.as_ref().into()),
        AttributeValue::L(list) => Tree::List(list.iter().map(tree).collect()),
        AttributeValue::M(map) => {
            Tree::Map(map.iter().map(|(key, value)| (key.into(), tree(value))).collect())
        }
        AttributeValue::Ss(texts) => {
            Tree::Set(texts.iter().map(|text| Tree::Text(text.into())).collect())
        }
        AttributeValue::Ns(numbers) => {
            Tree::Set(numbers.iter().map(|number| Tree::Number(number.into())).collect())
        }
        AttributeValue::Bs(blobs) => {
            Tree::Set(blobs.iter().map(|blob| Tree::Bytes(blob.as_ref().into())).collect())
        }
        // `NULL`, and a kind that DynamoDB does not have yet.
        _ => Tree::Null,
    }
}

/// Makes an attribute a tree, its text and bytes moved.
pub(super) fn into_tree(value: AttributeValue) -> Tree<'static> {
    match value {
        AttributeValue::N(number) => Tree::Number(number.into()),
        AttributeValue::S(text) => Tree::Text(text.into()),
        AttributeValue::B(bytes) => Tree::Bytes(bytes.into_inner().into()),
        AttributeValue::L(list) => Tree::List(list.into_iter().map(into_tree).collect()),
        AttributeValue::M(map) => {
            let mut entries = Vec::with_capacity(map.len());
            for (key, value) in map {
                entries.push((key.into(), into_tree(value)));
            }
            Tree::Map(entries)
        }
        AttributeValue::Ss(texts) => {
            Tree::Set(texts.into_iter().map(|text| Tree::Text(text.into())).collect())
        }
        AttributeValue::Ns(numbers) => {
            Tree::Set(numbers.into_iter().map(|number| Tree::Number(number.into())).collect())
        }
        AttributeValue::Bs(blobs) => {
            Tree::Set(blobs.into_iter().map(|blob| Tree::Bytes(blob.into_inner().into())).collect())
        }
        AttributeValue::Bool(value) => Tree::Bool(value),
        _ => Tree::Null,
    }
}

/// [`Invalid`] as serde's error; a pointer, as all that `erased_serde` moves around should be.
#[derive(Debug)]
struct Refused(Box<Invalid>);

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: Display>(message: T) -> Self {
        Self(Box::new(Invalid::new(message.to_string())))
    }
}

/// Writes one value where it will stand: what serde's calls return is moved many times on its way
/// through `erased_serde`.
struct Writer<'a>(&'a mut AttributeValue);

impl<'a> Writer<'a> {
    fn structure(self, len: usize) -> Struct<'a> {
        *self.0 = AttributeValue::M(HashMap::with_capacity(len.min(1024)));
        Struct(self.0)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it ends the calls of a serializer")]
    fn put(self, value: AttributeValue) -> Result<(), Refused> {
        *self.0 = value;
        Ok(())
    }
}

/// A variant with fields is a map of its name alone: where its content will stand.
fn variant<'a>(to: &'a mut AttributeValue, name: &str) -> &'a mut AttributeValue {
    *to = AttributeValue::M(HashMap::with_capacity(1));
    match to {
        AttributeValue::M(map) => map.entry(name.to_owned()).or_insert(AttributeValue::Null(true)),
        other => other,
    }
}

macro_rules! numbers {
    ($($method:ident $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<(), Refused> {
            self.put(AttributeValue::N(value.to_string()))
        }
    )*};
}

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Box<Map<'a>>;
    type SerializeStruct = Struct<'a>;
    type SerializeStructVariant = Struct<'a>;

    numbers! {
        serialize_i8 i8;
        serialize_i16 i16;
        serialize_i32 i32;
        serialize_i64 i64;
        serialize_i128 i128;
        serialize_u8 u8;
        serialize_u16 u16;
        serialize_u32 u32;
        serialize_u64 u64;
        serialize_u128 u128;
    }

    fn serialize_bool(self, value: bool) -> Result<(), Refused> {
        self.put(AttributeValue::Bool(value))
    }

    fn serialize_f32(self, value: f32) -> Result<(), Refused> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Refused> {
        self.put(AttributeValue::N(decimal(value)))
    }

    fn serialize_char(self, value: char) -> Result<(), Refused> {
        self.put(AttributeValue::S(value.into()))
    }

    fn serialize_str(self, value: &str) -> Result<(), Refused> {
        self.put(AttributeValue::S(value.to_owned()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Refused> {
        // As JSON, which has no bytes, so that both read into the same type.
        let number = |byte: &u8| AttributeValue::N(byte.to_string());
        self.put(AttributeValue::L(value.iter().map(number).collect()))
    }

    fn serialize_none(self) -> Result<(), Refused> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refused> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Refused> {
        self.put(AttributeValue::Null(true))
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
        name: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        value.serialize(Writer(variant(self.0, name)))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<List<'a>, Refused> {
        *self.0 = AttributeValue::L(Vec::with_capacity(len.unwrap_or(0).min(1024)));
        Ok(List(self.0))
    }

    fn serialize_tuple(self, len: usize) -> Result<List<'a>, Refused> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<List<'a>, Refused> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        len: usize,
    ) -> Result<List<'a>, Refused> {
        Writer(variant(self.0, name)).serialize_seq(Some(len))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Box<Map<'a>>, Refused> {
        let to = self.structure(len.unwrap_or(0));
        Ok(Box::new(Map { to, key: String::new() }))
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Struct<'a>, Refused> {
        Ok(self.structure(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        len: usize,
    ) -> Result<Struct<'a>, Refused> {
        Ok(Writer(variant(self.0, name)).structure(len))
    }
}

/// A list that is being written.
struct List<'a>(&'a mut AttributeValue);

impl List<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        match self.0 {
            AttributeValue::L(list) => {
                value.serialize(Writer(list.push_mut(AttributeValue::Null(true))))
            }
            _ => Ok(()),
        }
    }
}

macro_rules! lists {
    ($($list:ident $method:ident;)*) => {$(
        impl ser::$list for List<'_> {
            type Ok = ();
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                self.element(value)
            }

            fn end(self) -> Result<(), Refused> {
                Ok(())
            }
        }
    )*};
}

lists! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

/// A struct that is being written.
struct Struct<'a>(&'a mut AttributeValue);

impl Struct<'_> {
    fn entry<T: Serialize + ?Sized>(&mut self, key: String, value: &T) -> Result<(), Refused> {
        match self.0 {
            AttributeValue::M(map) => {
                value.serialize(Writer(map.entry(key).or_insert(AttributeValue::Null(true))))
            }
            _ => Ok(()),
        }
    }
}

macro_rules! structs {
    ($($structure:ident)*) => {$(
        impl ser::$structure for Struct<'_> {
            type Ok = ();
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Refused> {
                self.entry(name.to_owned(), value)
            }

            fn end(self) -> Result<(), Refused> {
                Ok(())
            }
        }
    )*};
}

structs!(SerializeStruct SerializeStructVariant);

/// A map that is being written, and the key of its next entry.
struct Map<'a> {
    to: Struct<'a>,
    key: String,
}

impl ser::SerializeMap for Box<Map<'_>> {
    type Ok = ();
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        self.key = String::new();
        // A formatter takes what has one plain text, as a key of JSON must.
        write!(self.key, "{}", fmt::from_fn(|f| key.serialize(f)))
            .map_err(|_| Refused(Box::new(Invalid::new("the key of a nested map must be text"))))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        let key = mem::take(&mut self.key);
        self.to.entry(key, value)
    }

    fn end(self) -> Result<(), Refused> {
        Ok(())
    }
}
