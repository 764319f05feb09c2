//! `ulid::Ulid`.

use ::ulid::{ULID_LEN, Ulid};

use crate::key::{FixedShape, KeyKind, KeyPart};
use crate::schema::Storage;
use crate::value::{FieldSink, Invalid, Scalar, Value, read_text};

/// Stored as its canonical 26 characters; no other spelling is read.
///
/// ```
/// use keyloom::key::{KeyKind, encode_word};
/// use keyloom::value::{Row, Scalar};
///
/// let id = ulid::Ulid::from_parts(1_772_366_400_000, 42);
/// let mut row = Row::default();
/// id.write(&mut row)?;
/// let word = encode_word(KeyKind::Ulid, None, &row.get(0))?;
/// assert_eq!(word, "01KJMMA2G0000000000000001A");
/// assert_eq!(ulid::Ulid::read(row.get(0))?, id);
/// # Ok::<(), keyloom::value::Invalid>(())
/// ```
impl Scalar for Ulid {
    const STORAGE: Storage = Storage::Text;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        to.text(self.array_to_str(&mut [0; ULID_LEN]))
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        // The parser takes lower case and look-alike letters too, hence the comparison.
        read_text(&value, "the canonical text of a ULID", |text| {
            let id = Ulid::from_string(text).ok()?;
            (id.array_to_str(&mut [0; ULID_LEN]) == text).then_some(id)
        })
    }
}

#[diagnostic::do_not_recommend]
impl KeyPart for Ulid {
    const KIND: KeyKind = KeyKind::Ulid;
    type Shape = FixedShape;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Row;

    #[test]
    fn only_the_canonical_spelling_is_read() {
        for id in [Ulid::nil(), Ulid::max(), Ulid::from_parts(1, 2)] {
            let mut row = Row::default();
            id.write(&mut row).unwrap();
            assert_eq!(Ulid::read(row.get(0)), Ok(id));
        }
        for text in [
            "01kjmma2g0000000000000001a",
            "01KJMMA2G000000000000000IA",
            "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
            "01KJMMA2G0000000000000001",
            "",
        ] {
            assert!(Ulid::read(Value::Text(text.into())).is_err(), "{text}");
        }
    }
}
