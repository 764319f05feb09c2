//! `uuid::Uuid`.

use ::uuid::Uuid;
use ::uuid::fmt::Hyphenated;

use crate::key::{FixedShape, KeyKind, KeyPart};
use crate::schema::Storage;
use crate::value::{FieldSink, Invalid, Scalar, Value, read_text};

/// Stored as hyphenated lower-case text; no other spelling is read.
///
/// ```
/// use keyloom::key::{KeyKind, encode_word};
/// use keyloom::value::{Row, Scalar};
///
/// let id = uuid::Uuid::from_u128(0x0191_8F6A_7C00_7000_8000_0000_0000_002A);
/// let mut row = Row::default();
/// id.write(&mut row)?;
/// let word = encode_word(KeyKind::Uuid, None, &row.get(0))?;
/// assert_eq!(word, "01918f6a-7c00-7000-8000-00000000002a");
/// assert_eq!(uuid::Uuid::read(row.get(0))?, id);
/// # Ok::<(), keyloom::value::Invalid>(())
/// ```
impl Scalar for Uuid {
    const STORAGE: Storage = Storage::Text;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        to.text(self.hyphenated().encode_lower(&mut [0; Hyphenated::LENGTH]))
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        read_text(&value, "a UUID in hyphenated lower-case text", |text| {
            let id = Uuid::try_parse(text).ok()?;
            (id.hyphenated().encode_lower(&mut [0; Hyphenated::LENGTH]) == text).then_some(id)
        })
    }
}

#[diagnostic::do_not_recommend]
impl KeyPart for Uuid {
    const KIND: KeyKind = KeyKind::Uuid;
    type Shape = FixedShape;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Row;

    #[test]
    fn only_the_stored_spelling_is_read() {
        let id = Uuid::from_u128(0xABCD_EF01_2345_6789_ABCD_EF01_2345_6789);
        let mut row = Row::default();
        id.write(&mut row).unwrap();
        assert_eq!(row.get(0), Value::Text("abcdef01-2345-6789-abcd-ef0123456789".into()));
        assert_eq!(Uuid::read(row.get(0)), Ok(id));
        for text in [
            "ABCDEF01-2345-6789-abcd-ef0123456789",
            "abcdef0123456789abcdef0123456789",
            "{abcdef01-2345-6789-abcd-ef0123456789}",
            "urn:uuid:abcdef01-2345-6789-abcd-ef0123456789",
            "abcdef01-2345-6789-abcd-ef012345678",
            "",
        ] {
            assert!(Uuid::read(Value::Text(text.into())).is_err(), "{text}");
        }
        assert!(Uuid::read(Value::Bytes(id.as_bytes().into())).is_err());
    }
}
