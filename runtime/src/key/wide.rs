//! Key text of integers, at the width of 128 bits; narrower ones use the same code.

/// The nines' complement of decimal digits, in place of themselves.
fn complement(digits: &mut String, from: usize) {
    let tail: String =
        digits.drain(from..).map(|digit| char::from(b'9' - (digit as u8 - b'0'))).collect();
    digits.push_str(&tail);
}

/// Appends `value` in `digits` digits; `false` if it needs more, with nothing appended.
pub(crate) fn push_unsigned(out: &mut String, value: u128, digits: u8) -> bool {
    let start = out.len();
    let _ = std::fmt::Write::write_fmt(out, format_args!("{value:0width$}", width = digits.into()));
    let fits = out.len() - start == usize::from(digits);
    if !fits {
        out.truncate(start);
    }
    fits
}

/// As [`push_unsigned`]; a negative is `-~` and the nines' complement of its magnitude.
pub(crate) fn push_signed(out: &mut String, value: i128, digits: u8) -> bool {
    if value >= 0 {
        return push_unsigned(out, value.unsigned_abs(), digits);
    }
    let start = out.len();
    out.push_str("-~");
    let fits = push_unsigned(out, value.unsigned_abs(), digits);
    if fits {
        complement(out, start + 2);
    } else {
        out.truncate(start);
    }
    fits
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn read_unsigned(text: &str) -> Option<u128> {
    is_number(text).then(|| text.parse().ok())?
}

fn read_signed(text: &str) -> Option<i128> {
    let Some(digits) = text.strip_prefix("-~") else {
        return read_unsigned(text)?.try_into().ok();
    };
    // The complement of a small magnitude is itself too large for any integer, so it is never read
    // as one.
    if !is_number(digits) {
        return None;
    }
    let mut digits = digits.to_owned();
    complement(&mut digits, 0);
    0_i128.checked_sub_unsigned(read_unsigned(&digits)?)
}

macro_rules! wide {
    ($($type:ident $push:ident $read:ident;)*) => {$(
        /// Key text of the type at its full width of 39 digits.
        pub(crate) mod $type {
            pub(crate) fn encode(out: &mut String, value: $type) {
                // 39 digits hold every 128-bit magnitude.
                super::$push(out, value, 39);
            }

            /// Accepts what [`encode`] writes and nothing else.
            pub(crate) fn decode(text: &str) -> Option<$type> {
                let value = read(text)?;
                let mut canonical = String::with_capacity(text.len());
                encode(&mut canonical, value);
                (canonical == text).then_some(value)
            }

            /// Reads digits of any width; the caller compares the canonical spelling.
            pub(crate) fn read(text: &str) -> Option<$type> {
                super::$read(text)
            }
        }
    )*};
}

wide! {
    u128 push_unsigned read_unsigned;
    i128 push_signed read_signed;
}
