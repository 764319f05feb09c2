//! [`Shape`]: the set of words that a component can be, as far as overlap needs it.
//!
//! A component is one of a few alternatives; each is a fixed list of byte classes, after which an
//! open one goes on with any text. Two alternatives meet where every position has a common byte.

use super::{Component, FieldSchema};
use crate::key::KeyKind;

/// A set of ASCII bytes, one bit each. Bytes above stand in open text only, where ASCII can stand
/// too, so they decide nothing.
type Class = u128;

const DIGITS: Class = span(b'0', b'9');
const HEX: Class = DIGITS | span(b'a', b'f');
const UPPER: Class = DIGITS | span(b'A', b'Z');
/// Everything that can stand in a key but `#`.
const ANY: Class = span(b'%', b'~');

const fn span(from: u8, to: u8) -> Class {
    let mut class = 0;
    let mut byte = from;
    while byte <= to {
        class |= 1 << byte;
        byte += 1;
    }
    class
}

/// One alternative of a component.
#[derive(Clone, Copy)]
struct Word {
    literal: &'static [u8],
    tail: Tail,
}

/// What follows the literal.
#[derive(Clone, Copy)]
enum Tail {
    /// Nothing.
    Nothing,
    /// Exactly these bytes.
    Bytes(&'static [u8]),
    /// `prefix` and then so many digits.
    Digits { prefix: &'static [u8], count: usize },
    /// A pattern in which `0` is any digit, `x` any hexadecimal digit and `Z` any of a ULID; all
    /// else is itself.
    Pattern(&'static [u8]),
    /// Any text over the class.
    Open(Class),
}

impl Word {
    const fn len(&self) -> usize {
        self.literal.len()
            + match self.tail {
                Tail::Nothing | Tail::Open(_) => 0,
                Tail::Bytes(bytes) | Tail::Pattern(bytes) => bytes.len(),
                Tail::Digits { prefix, count } => prefix.len() + count,
            }
    }

    /// The class of bytes at a position; for an open word, also beyond its length.
    const fn class(&self, at: usize) -> Class {
        if at < self.literal.len() {
            return 1 << self.literal[at];
        }
        let at = at - self.literal.len();
        match self.tail {
            Tail::Nothing => 0,
            Tail::Open(class) => class,
            Tail::Bytes(bytes) => 1 << bytes[at],
            Tail::Digits { prefix, .. } => {
                if at < prefix.len() {
                    1 << prefix[at]
                } else {
                    DIGITS
                }
            }
            Tail::Pattern(pattern) => match pattern[at] {
                b'0' => DIGITS,
                b'x' => HEX,
                b'Z' if pattern.len() == 26 => UPPER,
                byte => 1 << byte,
            },
        }
    }

    const fn is_open(&self) -> bool {
        matches!(self.tail, Tail::Open(_))
    }
}

const fn alternatives(component: &Component, fields: &[FieldSchema]) -> usize {
    let Some(placeholder) = &component.placeholder else {
        return 1;
    };
    let field = &fields[placeholder.field];
    let words = match field.key {
        Some(KeyKind::Words(words)) => words.len(),
        Some(KeyKind::Bool | KeyKind::Signed { .. }) => 2,
        _ => 1,
    };
    words + field.optional as usize
}

const fn alternative(component: &Component, fields: &[FieldSchema], at: usize) -> Word {
    let literal = component.literal.as_bytes();
    let Some(placeholder) = &component.placeholder else {
        return Word { literal, tail: Tail::Nothing };
    };
    let field = &fields[placeholder.field];
    if field.optional && at + 1 == alternatives(component, fields) {
        return Word { literal, tail: Tail::Nothing };
    }
    let Some(kind) = field.key else {
        return Word { literal, tail: Tail::Open(ANY) };
    };
    let digits = match placeholder.width {
        Some(width) => width as usize,
        None => kind.digits() as usize,
    };
    let tail = match kind {
        KeyKind::Text => Tail::Open(ANY),
        KeyKind::Bytes => Tail::Open(HEX),
        KeyKind::Bool => Tail::Bytes(if at == 0 { b"false" } else { b"true" }),
        KeyKind::Unsigned { .. } => Tail::Digits { prefix: b"", count: digits },
        KeyKind::Signed { .. } => {
            Tail::Digits { prefix: if at == 0 { b"" } else { b"-~" }, count: digits }
        }
        KeyKind::Timestamp => Tail::Pattern(b"0000-00-00T00:00:00.000000Z"),
        KeyKind::Date => Tail::Pattern(b"0000-00-00"),
        KeyKind::Uuid => Tail::Pattern(b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),
        KeyKind::Ulid => Tail::Pattern(b"ZZZZZZZZZZZZZZZZZZZZZZZZZZ"),
        KeyKind::Words(words) => Tail::Bytes(words[at].as_bytes()),
    };
    Word { literal, tail }
}

/// Whether two alternatives have a word in common.
const fn words_meet(a: &Word, b: &Word) -> bool {
    let (shorter, longer) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if shorter.len() < longer.len() && !shorter.is_open() {
        return false;
    }
    let mut at = 0;
    while at < longer.len() {
        if shorter.class(at) & longer.class(at) == 0 {
            return false;
        }
        at += 1;
    }
    true
}

/// Whether a word of `word` can begin with `literal`.
const fn word_begins(word: &Word, literal: &[u8]) -> bool {
    if word.len() < literal.len() && !word.is_open() {
        return false;
    }
    let mut at = 0;
    while at < literal.len() {
        if word.class(at) & (1 << literal[at]) == 0 {
            return false;
        }
        at += 1;
    }
    true
}

/// Whether two components can be the same text.
pub(super) const fn meet(
    a: &Component,
    a_fields: &[FieldSchema],
    b: &Component,
    b_fields: &[FieldSchema],
) -> bool {
    if a.placeholder.is_none() && b.placeholder.is_none() {
        return same(a.literal.as_bytes(), b.literal.as_bytes());
    }
    let mut left = 0;
    while left < alternatives(a, a_fields) {
        let word = alternative(a, a_fields, left);
        let mut right = 0;
        while right < alternatives(b, b_fields) {
            if words_meet(&word, &alternative(b, b_fields, right)) {
                return true;
            }
            right += 1;
        }
        left += 1;
    }
    false
}

/// Whether a component can begin with `literal`.
pub(super) const fn can_begin(
    component: &Component,
    fields: &[FieldSchema],
    literal: &str,
) -> bool {
    let mut at = 0;
    while at < alternatives(component, fields) {
        if word_begins(&alternative(component, fields, at), literal.as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether two byte strings are equal.
pub(super) const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // From the end, where names that differ by a number differ.
    let mut at = a.len();
    while at > 0 {
        at -= 1;
        if a[at] != b[at] {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::fixture::{part, slot, text, wide};

    const TEXT: usize = 0;
    const BYTES: usize = 1;
    const FLAG: usize = 2;
    const U8: usize = 3;
    const U32: usize = 4;
    const I8: usize = 5;
    const TIME: usize = 6;
    const DATE: usize = 7;
    const UUID: usize = 8;
    const ULID: usize = 9;
    const STATUS: usize = 10;
    const MAYBE_U8: usize = 11;

    const FIELDS: &[FieldSchema] = &[
        part("text", KeyKind::Text),
        part("bytes", KeyKind::Bytes),
        part("flag", KeyKind::Bool),
        part("u8", KeyKind::Unsigned { bits: 8 }),
        part("u32", KeyKind::Unsigned { bits: 32 }),
        part("i8", KeyKind::Signed { bits: 8 }),
        part("time", KeyKind::Timestamp),
        part("date", KeyKind::Date),
        part("uuid", KeyKind::Uuid),
        part("ulid", KeyKind::Ulid),
        part("status", KeyKind::Words(&["Open", "Done"])),
        part("maybe_u8", KeyKind::Unsigned { bits: 8 }).optional(),
    ];

    #[track_caller]
    fn meets(a: Component, b: Component, expected: bool) {
        assert_eq!(meet(&a, FIELDS, &b, FIELDS), expected, "{a:?} and {b:?}");
        assert_eq!(meet(&b, FIELDS, &a, FIELDS), expected, "{b:?} and {a:?}");
    }

    #[test]
    fn literals_meet_where_they_are_equal() {
        meets(text("order"), text("order"), true);
        meets(text("order"), text("orders"), false);
        meets(text("order"), text("Order"), false);
    }

    #[test]
    fn open_text_meets_all_that_continues_its_prefix() {
        for field in [TEXT, BYTES, FLAG, U8, I8, TIME, DATE, UUID, ULID, STATUS, MAYBE_U8] {
            meets(slot("", TEXT), slot("", field), true);
            meets(slot("v", TEXT), slot("v", field), true);
            meets(slot("v", TEXT), slot("w", field), false);
        }
        meets(slot("", TEXT), text("order"), true);
        meets(slot("order", TEXT), text("order"), true);
        meets(slot("orders", TEXT), text("order"), false);
        meets(slot("or", TEXT), slot("order", TEXT), true);
    }

    #[test]
    fn words_of_one_length_meet_where_every_byte_can() {
        meets(slot("", U8), text("123"), true);
        meets(slot("", U8), text("12"), false);
        meets(slot("", U8), text("12a"), false);
        meets(slot("", U8), slot("", U32), false);
        meets(wide("", U8, 10), slot("", U32), true);
        meets(wide("1", U8, 2), slot("", U8), true);
        meets(slot("", U8), slot("", I8), true);
        meets(slot("-~", U8), slot("", I8), true);
        meets(slot("-", U8).width(4), slot("", I8), false);
        meets(slot("", FLAG), text("true"), true);
        meets(slot("", FLAG), text("yes"), false);
        meets(slot("", STATUS), text("Done"), true);
        meets(slot("", STATUS), text("done"), false);
        meets(slot("", STATUS), slot("", FLAG), false);
        meets(slot("Do", TEXT), slot("", STATUS), true);
    }

    #[test]
    fn times_and_ids_have_their_own_form() {
        meets(slot("", DATE), text("2026-01-31"), true);
        meets(slot("", DATE), text("2026.01.31"), false);
        meets(slot("", DATE), slot("", U32), false);
        meets(slot("", TIME), slot("2026-", TEXT), true);
        meets(slot("", TIME), slot("", DATE), false);
        meets(slot("", UUID), text("01918f6a-7c00-7000-8000-00000000002a"), true);
        meets(slot("", UUID), text("01918F6A-7C00-7000-8000-00000000002A"), false);
        meets(slot("", ULID), text("01KJMM0HG0000000000000001A"), true);
        meets(slot("", ULID), text("01kjmm0hg0000000000000001a"), false);
        meets(slot("", ULID), wide("", U8, 26), true);
        meets(slot("", BYTES), text("c0ffee"), true);
        meets(slot("", BYTES), text("coffee"), false);
    }

    #[test]
    fn an_absent_value_is_its_prefix_alone() {
        meets(slot("v", MAYBE_U8), text("v"), true);
        meets(slot("v", MAYBE_U8), text("v001"), true);
        meets(slot("v", U8), text("v"), false);
        meets(slot("v", MAYBE_U8), slot("v0", MAYBE_U8), false);
    }

    #[test]
    fn a_component_begins_as_one_of_its_words_does() {
        let begins = |component: Component, literal| can_begin(&component, FIELDS, literal);
        assert!(begins(text("order"), "or"));
        assert!(begins(text("order"), "order"));
        assert!(!begins(text("order"), "orders"));
        assert!(begins(slot("or", TEXT), "orders"));
        assert!(!begins(slot("or", TEXT), "ox"));
        assert!(begins(slot("v", U8), "v12"));
        assert!(!begins(slot("v", U8), "v1234"));
        assert!(begins(slot("", I8), "-~9"));
        assert!(!begins(slot("", I8), "-1"));
        assert!(begins(slot("", FLAG), "fal"));
        assert!(begins(slot("", STATUS), "D"));
        assert!(!begins(slot("", STATUS), "d"));
        assert!(begins(slot("v", MAYBE_U8), "v"));
        for field in 0..FIELDS.len() {
            assert!(begins(slot("", field), ""), "every component begins with nothing");
        }
    }
}
