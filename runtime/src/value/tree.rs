//! [`Tree`]: a nested value as its engine holds it, read without a copy and without JSON text.
//!
//! It reads into the same types as the JSON text of the other engines does: the serde data model is
//! that of `serde_json`, so a field means the same wherever it is stored.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::vec;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::ser::{Error as _, Serialize, Serializer};

use super::Invalid;
use crate::key::push_hex;

/// A nested value in an engine's own form: borrowed from what is stored, or moved out of it, so that
/// its text moves on into the value that is read.
#[derive(Clone)]
#[non_exhaustive]
pub enum Tree<'a> {
    /// Nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as decimal text.
    Number(Cow<'a, str>),
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// A list.
    List(Vec<Tree<'a>>),
    /// A map, its entries in any order.
    Map(Vec<(Cow<'a, str>, Tree<'a>)>),
    /// A set.
    Set(Vec<Tree<'a>>),
}

/// A decimal number as what it is: an integer where it is one.
enum Decimal {
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    No,
}

impl Decimal {
    fn read(text: &str) -> Self {
        if let Ok(number) = text.parse() {
            return Self::Signed(number);
        }
        if let Ok(number) = text.parse() {
            return Self::Unsigned(number);
        }
        match text.parse() {
            Ok(number) => Self::Float(number),
            Err(_) => Self::No,
        }
    }
}

impl<'a> Tree<'a> {
    /// What is found here, in the words of an error message.
    pub fn found(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Set(_) => "a set",
        }
    }

    /// The elements of a list or set, if it is one.
    pub(crate) fn elements(&self) -> Option<&[Tree<'a>]> {
        match self {
            Self::List(elements) | Self::Set(elements) => Some(elements),
            _ => None,
        }
    }

    /// The value as JSON text, the form in which other engines hold it.
    pub(super) fn json(&self) -> String {
        // Only a map key that is no text fails, and a tree has none.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Compared as values: the entries of a map have no order.
impl PartialEq for Tree<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) | (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::List(a), Self::List(b)) | (Self::Set(a), Self::Set(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a.len() == b.len() && sorted(a) == sorted(b),
            _ => false,
        }
    }
}

fn sorted<'t, 'a>(entries: &'t [(Cow<'a, str>, Tree<'a>)]) -> BTreeMap<&'t str, &'t Tree<'a>> {
    entries.iter().map(|(key, value)| (&**key, value)).collect()
}

/// Shows the kind, not the content.
impl fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tree({})", self.found())
    }
}

impl Serialize for Tree<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(value) => to.serialize_bool(*value),
            Self::Number(text) => match Decimal::read(text) {
                Decimal::Signed(number) => to.serialize_i64(number),
                Decimal::Unsigned(number) => to.serialize_u64(number),
                Decimal::Float(number) => to.serialize_f64(number),
                Decimal::No => Err(S::Error::custom("a number that is none")),
            },
            Self::Text(text) => to.serialize_str(text),
            // Only the elements of a set are bytes, and this is how JSON holds them.
            Self::Bytes(bytes) => to.serialize_str(&hex(bytes)),
            Self::Map(map) => to.collect_map(map.iter().map(|(key, value)| (key, value))),
            Self::List(elements) | Self::Set(elements) => to.collect_seq(elements),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    push_hex(&mut hex, bytes);
    hex
}

/// Why a tree does not read, in words that repeat nothing of what is stored.
#[derive(Debug)]
pub struct Misread(Invalid);

impl From<Misread> for Invalid {
    fn from(Misread(invalid): Misread) -> Self {
        invalid
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Misread {}

fn found(unexpected: &Unexpected<'_>) -> &'static str {
    match unexpected {
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
        Unexpected::Float(_) => "a floating-point number",
        Unexpected::Str(_) | Unexpected::Char(_) => "a string",
        Unexpected::Bytes(_) => "bytes",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a map",
        _ => "another value",
    }
}

impl Misread {
    fn expected(expected: &dyn Expected, found: &str) -> Self {
        Self(Invalid::new(format!("expected {expected}, found {found}")))
    }
}

impl de::Error for Misread {
    /// A type's own words may repeat what is stored.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(Invalid::new("the field's type refuses the value"))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected, found(&unexpected))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected, "another value")
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::expected(expected, "another length")
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self(Invalid::new("an unknown variant"))
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self(Invalid::new("an unknown field"))
    }

    fn missing_field(field: &'static str) -> Self {
        // The name is the type's, not the value's.
        Self(Invalid::new(format!("missing field `{field}`")))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self(Invalid::new(format!("duplicate field `{field}`")))
    }
}

fn visit_number<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Misread> {
    match Decimal::read(text) {
        Decimal::Signed(number) if number < 0 => visitor.visit_i64(number),
        Decimal::Signed(number) => visitor.visit_u64(number.unsigned_abs()),
        Decimal::Unsigned(number) => visitor.visit_u64(number),
        Decimal::Float(number) => visitor.visit_f64(number),
        Decimal::No => Err(Misread::expected(&"a number", "text")),
    }
}

fn visit_text<'de, V: Visitor<'de>>(text: Cow<'de, str>, visitor: V) -> Result<V::Value, Misread> {
    match text {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}

impl<'de> Deserializer<'de> for Tree<'de> {
    type Error = Misread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Number(text) => visit_number(&text, visitor),
            Self::Text(text) => visit_text(text, visitor),
            Self::Bytes(Cow::Borrowed(bytes)) => visitor.visit_borrowed_bytes(bytes),
            Self::Bytes(Cow::Owned(bytes)) => visitor.visit_byte_buf(bytes),
            Self::Map(map) => {
                let mut entries = Entries { entries: map.into_iter(), value: None };
                let value = visitor.visit_map(&mut entries)?;
                match entries.entries.next() {
                    None => Ok(value),
                    Some(_) => Err(Misread::expected(&"a map", "a longer one")),
                }
            }
            Self::List(elements) | Self::Set(elements) => {
                let mut elements = Elements(elements.into_iter());
                let value = visitor.visit_seq(&mut elements)?;
                match elements.0.next() {
                    None => Ok(value),
                    Some(_) => Err(Misread::expected(&"a list", "a longer one")),
                }
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        match self {
            Self::Null => visitor.visit_none(),
            other => visitor.visit_some(other),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misread> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        match self {
            Self::Text(variant) => visitor.visit_enum(Variant { name: variant, value: None }),
            Self::Map(map) => {
                let mut entries = map.into_iter();
                match (entries.next(), entries.next()) {
                    (Some((name, value)), None) => {
                        visitor.visit_enum(Variant { name, value: Some(value) })
                    }
                    _ => Err(Misread::expected(&"a map with a single key", "another map")),
                }
            }
            other => Err(Misread::expected(&"a variant", other.found())),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier
    }
}

impl<'de> IntoDeserializer<'de, Misread> for Tree<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The elements of a list that is being read.
struct Elements<'de>(vec::IntoIter<Tree<'de>>);

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Misread;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misread> {
        self.0.next().map(|element| seed.deserialize(element)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The entries of a map that is being read.
struct Entries<'de> {
    entries: vec::IntoIter<(Cow<'de, str>, Tree<'de>)>,
    value: Option<Tree<'de>>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Misread;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misread> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(Name(key)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Misread> {
        match self.value.take() {
            Some(value) => seed.deserialize(value),
            None => Err(Misread::expected(&"a value", "nothing")),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// The key of a map: text, or a number, boolean or variant spelled as text.
struct Name<'de>(Cow<'de, str>);

macro_rules! numbers_in_names {
    ($($method:ident $visit:ident $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
            match self.0.parse::<$type>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => visit_text(self.0, visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Name<'de> {
    type Error = Misread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        visit_text(self.0, visitor)
    }

    numbers_in_names! {
        deserialize_bool visit_bool bool;
        deserialize_i8 visit_i64 i64;
        deserialize_i16 visit_i64 i64;
        deserialize_i32 visit_i64 i64;
        deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128;
        deserialize_u8 visit_u64 u64;
        deserialize_u16 visit_u64 u64;
        deserialize_u32 visit_u64 u64;
        deserialize_u64 visit_u64 u64;
        deserialize_u128 visit_u128 u128;
        deserialize_f32 visit_f64 f64;
        deserialize_f64 visit_f64 f64;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misread> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        visitor.visit_enum(Variant { name: self.0, value: None })
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

/// A variant of an enum, with its content.
struct Variant<'de> {
    name: Cow<'de, str>,
    value: Option<Tree<'de>>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Misread;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'de>), Misread> {
        Ok((seed.deserialize(Name(self.name))?, Content(self.value)))
    }
}

/// The content of a variant, if it has any.
struct Content<'de>(Option<Tree<'de>>);

impl<'de> Content<'de> {
    fn content(self, expected: &'static str) -> Result<Tree<'de>, Misread> {
        self.0.ok_or_else(|| Misread::expected(&expected, "a unit variant"))
    }
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = Misread;

    fn unit_variant(self) -> Result<(), Misread> {
        match self.0 {
            None | Some(Tree::Null) => Ok(()),
            Some(other) => Err(Misread::expected(&"a unit variant", other.found())),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Misread> {
        seed.deserialize(self.content("a newtype variant")?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misread> {
        match self.content("a tuple variant")? {
            list @ Tree::List(_) => list.deserialize_any(visitor),
            other => Err(Misread::expected(&"a tuple variant", other.found())),
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        self.content("a struct variant")?.deserialize_any(visitor)
    }
}
