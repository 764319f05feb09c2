//! The code word of one value, and its strict inverse.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{KeyKind, wide};
use crate::Timestamp;
use crate::value::{Invalid, Value};

/// The word of one value: what stands in a key for it.
///
/// `kind` says what the value is, `width` is the width that a template gives to a number. The word
/// is the same wherever the value stands; a key joins words and literals by `#`. A value that is
/// none of the kind, or that does not fit the width, is refused.
///
/// ```
/// use keyloom::key::{KeyKind, decode_word, encode_word};
/// use keyloom::value::Value;
///
/// let text = Value::Text("New York".into());
/// assert_eq!(encode_word(KeyKind::Text, None, &text)?, "New%20York");
///
/// let number = KeyKind::Signed { bits: 16 };
/// assert_eq!(encode_word(number, None, &Value::Int(7))?, "00007");
/// assert_eq!(encode_word(number, Some(2), &Value::Int(-7))?, "-~92");
/// assert_eq!(decode_word("-~92", number, Some(2)), Some(Value::Int(-7)));
/// # Ok::<(), keyloom::value::Invalid>(())
/// ```
pub fn encode_word(kind: KeyKind, width: Option<u8>, value: &Value<'_>) -> Result<String, Invalid> {
    let mut out = String::new();
    encode(&mut out, kind, width, value)?;
    Ok(out)
}

/// The value of a word; `None` unless the text is exactly what [`encode_word`] writes for it.
pub fn decode_word(text: &str, kind: KeyKind, width: Option<u8>) -> Option<Value<'static>> {
    decode(text, kind, width)
}

/// Appends the word of `value`.
///
/// A value that is none of the kind, and a number that needs more digits than `width`, is an error
/// and leaves `out` as it was.
pub(crate) fn encode(
    out: &mut String,
    kind: KeyKind,
    width: Option<u8>,
    value: &Value<'_>,
) -> Result<(), Invalid> {
    check(kind, value)?;
    match (kind, value) {
        (KeyKind::Text, Value::Text(text)) => escape(out, text),
        (KeyKind::Bytes, Value::Bytes(bytes)) => push_hex(out, bytes),
        (KeyKind::Bool, Value::Int(number)) => {
            out.push_str(if *number == 0 { "false" } else { "true" });
        }
        (KeyKind::Unsigned { .. } | KeyKind::Signed { .. }, Value::Int(number)) => {
            push_number(out, kind, width, i128::from(*number))?;
        }
        (KeyKind::Unsigned { .. }, Value::Text(text)) => {
            let number = wide::u128::decode(text).ok_or_else(|| unfit(kind, value))?;
            let digits = width.unwrap_or(kind.digits());
            if !wide::push_unsigned(out, number, digits) {
                return Err(too_wide(&number, digits));
            }
        }
        (KeyKind::Signed { .. }, Value::Text(text)) => {
            let number = wide::i128::decode(text).ok_or_else(|| unfit(kind, value))?;
            push_number(out, kind, width, number)?;
        }
        (KeyKind::Timestamp, Value::Int(micros)) => {
            let moment = Timestamp::from_micros(*micros).ok_or_else(|| unfit(kind, value))?;
            // Writing to a `String` does not fail.
            let _ = write!(out, "{moment}");
        }
        (KeyKind::Date | KeyKind::Uuid | KeyKind::Ulid | KeyKind::Words(_), Value::Text(text)) => {
            out.push_str(text);
        }
        _ => return Err(unfit(kind, value)),
    }
    Ok(())
}

/// Checks that the value is one of the kind, so that no implementation of
/// [`Scalar`](crate::value::Scalar) brings text into a key that its kind has not.
pub(crate) fn check(kind: KeyKind, value: &Value<'_>) -> Result<(), Invalid> {
    let fits = match (kind, value) {
        (KeyKind::Text, Value::Text(_)) | (KeyKind::Bytes, Value::Bytes(_)) => true,
        (KeyKind::Bool, Value::Int(number)) => matches!(number, 0 | 1),
        // What stands for a 128-bit integer is text.
        (KeyKind::Unsigned { bits: 128 }, Value::Text(text)) => wide::u128::decode(text).is_some(),
        (KeyKind::Signed { bits: 128 }, Value::Text(text)) => wide::i128::decode(text).is_some(),
        (KeyKind::Unsigned { bits }, Value::Int(number)) => {
            bits < 128 && (0..1_i128 << bits.min(64)).contains(&i128::from(*number))
        }
        (KeyKind::Signed { bits }, Value::Int(number)) => {
            let bound = 1_i128 << (bits.clamp(1, 64) - 1);
            bits < 128 && (-bound..bound).contains(&i128::from(*number))
        }
        (KeyKind::Timestamp, Value::Int(micros)) => Timestamp::from_micros(*micros).is_some(),
        (KeyKind::Date, Value::Text(text)) => is_date(text),
        (KeyKind::Uuid, Value::Text(text)) => is_uuid(text),
        (KeyKind::Ulid, Value::Text(text)) => is_ulid(text),
        (KeyKind::Words(words), Value::Text(text)) => words.contains(&&**text),
        _ => false,
    };
    if fits { Ok(()) } else { Err(unfit(kind, value)) }
}

/// Reads a word; `None` unless the text is exactly what [`encode`] writes for the value returned.
pub(crate) fn decode(text: &str, kind: KeyKind, width: Option<u8>) -> Option<Value<'static>> {
    let value = match kind {
        KeyKind::Text => Value::Text(Cow::Owned(unescape(text)?)),
        KeyKind::Bytes => Value::Bytes(Cow::Owned(read_hex(text)?)),
        KeyKind::Bool => Value::Int(i64::from(text == "true")),
        KeyKind::Unsigned { bits: 128 } => {
            let mut full = String::new();
            wide::u128::encode(&mut full, wide::u128::read(text)?);
            Value::Text(Cow::Owned(full))
        }
        KeyKind::Signed { bits: 128 } => {
            let mut full = String::new();
            wide::i128::encode(&mut full, wide::i128::read(text)?);
            Value::Text(Cow::Owned(full))
        }
        KeyKind::Unsigned { .. } | KeyKind::Signed { .. } => {
            Value::Int(wide::i128::read(text)?.try_into().ok()?)
        }
        KeyKind::Timestamp => Value::Int(text.parse::<Timestamp>().ok()?.as_micros()),
        KeyKind::Date | KeyKind::Uuid | KeyKind::Ulid | KeyKind::Words(_) => {
            Value::Text(Cow::Owned(text.to_owned()))
        }
    };
    let mut canonical = String::with_capacity(text.len());
    encode(&mut canonical, kind, width, &value).ok()?;
    (canonical == text).then_some(value)
}

fn is_date(text: &str) -> bool {
    // A date is the day of a moment at midnight.
    let mut midnight = *b"0000-00-00T00:00:00.000000Z";
    let Some(day) = midnight.first_chunk_mut::<10>() else {
        return false;
    };
    if text.len() != day.len() {
        return false;
    }
    day.copy_from_slice(text.as_bytes());
    str::from_utf8(&midnight).is_ok_and(|text| text.parse::<Timestamp>().is_ok())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn is_ulid(text: &str) -> bool {
    text.len() == 26
        && text.as_bytes()[0] <= b'7'
        && text.bytes().all(|byte| CROCKFORD.contains(&byte))
}

/// The alphabet of a ULID: <https://github.com/ulid/spec>.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The spelling that `{field:norm}` puts in a key: trimmed, and lower-cased character by character,
/// because `str::to_lowercase` depends on what stands around a character.
pub(crate) fn normalize(text: &str) -> String {
    text.trim().chars().flat_map(char::to_lowercase).collect()
}

fn push_number(
    out: &mut String,
    kind: KeyKind,
    width: Option<u8>,
    number: i128,
) -> Result<(), Invalid> {
    let digits = width.unwrap_or(kind.digits());
    if wide::push_signed(out, number, digits) { Ok(()) } else { Err(too_wide(&number, digits)) }
}

fn too_wide(number: &dyn std::fmt::Display, digits: u8) -> Invalid {
    Invalid::new(format!("{number} needs more than {digits} digits"))
}

fn unfit(kind: KeyKind, value: &Value<'_>) -> Invalid {
    Invalid::mismatch(&format!("a {kind:?} key value"), value)
}

/// Appends `text` with the bytes 0x00 to 0x25 as `%HH`: controls, space, `!`, `"`, `#`, `$`, `%`.
pub(crate) fn escape(out: &mut String, text: &str) {
    escape_where(out, text, |byte| byte <= b'%');
}

/// Appends `text` with every byte as `%HH` that is not unreserved in a URL (RFC 3986, section 2.3).
pub(crate) fn escape_strict(out: &mut String, text: &str) {
    escape_where(out, text, |byte| {
        !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
    });
}

fn escape_where(out: &mut String, text: &str, escaped: impl Fn(u8) -> bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut kept = 0;
    for (at, byte) in text.bytes().enumerate() {
        // A byte of a longer character is only ever escaped together with the whole of it.
        if escaped(byte) {
            out.push_str(text.get(kept..at).unwrap_or_default());
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
            kept = at + 1;
        }
    }
    out.push_str(text.get(kept..).unwrap_or_default());
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

pub(crate) fn push_hex(out: &mut String, bytes: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
    }
}

pub(crate) fn read_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !digits || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}
