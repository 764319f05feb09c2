//! Nested values as native documents.
//!
//! Writing follows serde's data model as `serde_json` does, so that a value reads back the same from a
//! document and from the JSON text of the other engines.

use std::collections::HashMap;
use std::fmt::{self, Display, Write as _};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::ser::{self, Serialize};

use crate::value::{Invalid, Tree, TreeList, TreeMap, whole_number};

/// The document of a nested value.
pub(super) fn document(value: &dyn erased_serde::Serialize) -> Result<AttributeValue, Invalid> {
    value.serialize(Writer).map_err(|Refused(invalid)| invalid)
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
        AttributeValue::N(number) => Tree::Number(number),
        AttributeValue::S(text) => Tree::Text(text),
        AttributeValue::B(bytes) => Tree::Bytes(bytes.as_ref()),
        AttributeValue::L(list) => Tree::List(list),
        AttributeValue::M(map) => Tree::Map(map),
        AttributeValue::Ss(texts) => Tree::Texts(texts),
        AttributeValue::Ns(numbers) => Tree::Numbers(numbers),
        AttributeValue::Bs(blobs) => Tree::List(blobs),
        // `NULL`, and a kind that DynamoDB does not have yet.
        _ => Tree::Null,
    }
}

impl TreeList for Vec<AttributeValue> {
    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, at: usize) -> Option<Tree<'_>> {
        self.as_slice().get(at).map(tree)
    }
}

impl TreeList for Vec<Blob> {
    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, at: usize) -> Option<Tree<'_>> {
        self.as_slice().get(at).map(|blob| Tree::Bytes(blob.as_ref()))
    }
}

#[expect(clippy::implicit_hasher, reason = "it is the SDK's own type of a map")]
impl TreeMap for HashMap<String, AttributeValue> {
    fn len(&self) -> usize {
        self.len()
    }

    fn entries(&self) -> Box<dyn Iterator<Item = (&str, Tree<'_>)> + '_> {
        Box::new(self.iter().map(|(key, value)| (key.as_str(), tree(value))))
    }

    fn get(&self, key: &str) -> Option<Tree<'_>> {
        self.get(key).map(tree)
    }
}

/// [`Invalid`] as serde's error.
#[derive(Debug)]
struct Refused(Invalid);

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: Display>(message: T) -> Self {
        Self(Invalid::new(message.to_string()))
    }
}

struct Writer;

/// A variant with fields is a map of its name alone.
fn variant(name: &str, content: AttributeValue) -> AttributeValue {
    AttributeValue::M(HashMap::from([(name.to_owned(), content)]))
}

macro_rules! numbers {
    ($($method:ident $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<AttributeValue, Refused> {
            Ok(AttributeValue::N(value.to_string()))
        }
    )*};
}

impl ser::Serializer for Writer {
    type Ok = AttributeValue;
    type Error = Refused;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Map;
    type SerializeStruct = Map;
    type SerializeStructVariant = Map;

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

    fn serialize_bool(self, value: bool) -> Result<AttributeValue, Refused> {
        Ok(AttributeValue::Bool(value))
    }

    fn serialize_f32(self, value: f32) -> Result<AttributeValue, Refused> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<AttributeValue, Refused> {
        Ok(AttributeValue::N(decimal(value)))
    }

    fn serialize_char(self, value: char) -> Result<AttributeValue, Refused> {
        Ok(AttributeValue::S(value.into()))
    }

    fn serialize_str(self, value: &str) -> Result<AttributeValue, Refused> {
        Ok(AttributeValue::S(value.to_owned()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<AttributeValue, Refused> {
        // As JSON, which has no bytes, so that both read into the same type.
        let number = |byte: &u8| AttributeValue::N(byte.to_string());
        Ok(AttributeValue::L(value.iter().map(number).collect()))
    }

    fn serialize_none(self) -> Result<AttributeValue, Refused> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<AttributeValue, Refused> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<AttributeValue, Refused> {
        Ok(AttributeValue::Null(true))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<AttributeValue, Refused> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<AttributeValue, Refused> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<AttributeValue, Refused> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<AttributeValue, Refused> {
        Ok(variant(name, value.serialize(self)?))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<List, Refused> {
        Ok(List { variant: None, elements: Vec::with_capacity(len.unwrap_or(0).min(1024)) })
    }

    fn serialize_tuple(self, len: usize) -> Result<List, Refused> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<List, Refused> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        len: usize,
    ) -> Result<List, Refused> {
        Ok(List { variant: Some(name), elements: Vec::with_capacity(len) })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Map, Refused> {
        let entries = HashMap::with_capacity(len.unwrap_or(0).min(1024));
        Ok(Map { variant: None, key: None, entries })
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Map, Refused> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        len: usize,
    ) -> Result<Map, Refused> {
        Ok(Map { variant: Some(name), key: None, entries: HashMap::with_capacity(len) })
    }
}

/// A list that is being written.
struct List {
    variant: Option<&'static str>,
    elements: Vec<AttributeValue>,
}

impl List {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.elements.push(value.serialize(Writer)?);
        Ok(())
    }
}

macro_rules! lists {
    ($($list:ident $method:ident;)*) => {$(
        impl ser::$list for List {
            type Ok = AttributeValue;
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                self.element(value)
            }

            fn end(self) -> Result<AttributeValue, Refused> {
                let list = AttributeValue::L(self.elements);
                Ok(match self.variant {
                    Some(name) => variant(name, list),
                    None => list,
                })
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

/// A map that is being written.
struct Map {
    variant: Option<&'static str>,
    key: Option<String>,
    entries: HashMap<String, AttributeValue>,
}

impl Map {
    fn close(self) -> AttributeValue {
        let map = AttributeValue::M(self.entries);
        match self.variant {
            Some(name) => variant(name, map),
            None => map,
        }
    }
}

macro_rules! structs {
    ($($structure:ident)*) => {$(
        impl ser::$structure for Map {
            type Ok = AttributeValue;
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Refused> {
                self.entries.insert(name.to_owned(), value.serialize(Writer)?);
                Ok(())
            }

            fn end(self) -> Result<AttributeValue, Refused> {
                Ok(self.close())
            }
        }
    )*};
}

structs!(SerializeStruct SerializeStructVariant);

impl ser::SerializeMap for Map {
    type Ok = AttributeValue;
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        let mut text = String::new();
        // A formatter takes what has one plain text, as a key of JSON must.
        write!(text, "{}", fmt::from_fn(|f| key.serialize(f)))
            .map_err(|_| Refused(Invalid::new("the key of a nested map must be text")))?;
        self.key = Some(text);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        let key = self.key.take().unwrap_or_default();
        self.entries.insert(key, value.serialize(Writer)?);
        Ok(())
    }

    fn end(self) -> Result<AttributeValue, Refused> {
        Ok(self.close())
    }
}
