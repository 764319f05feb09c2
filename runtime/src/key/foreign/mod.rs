//! [`Scalar`](crate::value::Scalar) and [`KeyPart`](super::KeyPart) for types of other crates, each
//! behind the feature of that crate's name.
//!
//! Every type has one canonical text or number, and reading accepts nothing else, so that what two
//! programs stored is equal exactly where the values are. A time is stored as [`Timestamp`] stores
//! it; one that microseconds cannot hold is refused rather than rounded, because a rounded key would
//! address another record than the caller's value says.

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "ulid")]
mod ulid;
#[cfg(feature = "uuid")]
mod uuid;

#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
use crate::Timestamp;
#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
use crate::value::Invalid;

#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
const DATE: &str = "a date as `YYYY-MM-DD`";

/// The moment `nanos` nanoseconds after 1970; `truncated` is how a caller cuts off what is finer
/// than a microsecond.
#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
fn moment(nanos: i128, truncated: &str) -> Result<Timestamp, Invalid> {
    if nanos % 1000 != 0 {
        return Err(Invalid::new(format!(
            "a time finer than a microsecond, the unit every engine holds; store `{truncated}`"
        )));
    }
    i64::try_from(nanos / 1000)
        .ok()
        .and_then(Timestamp::from_micros)
        .ok_or_else(|| Invalid::new("a time outside the years 0000 to 9999"))
}

#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
fn date_text(year: i32, month: u8, day: u8) -> Result<String, Invalid> {
    if (0..=9999).contains(&year) {
        Ok(format!("{year:04}-{month:02}-{day:02}"))
    } else {
        Err(Invalid::new("a date outside the years 0000 to 9999"))
    }
}

/// Year, month and day of `YYYY-MM-DD`; whether there is such a day, the caller's type knows.
#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
fn date_parts(text: &str) -> Option<(u16, u8, u8)> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u16, |sum, digit| {
            digit.is_ascii_digit().then(|| sum * 10 + u16::from(digit - b'0'))
        })
    };
    let month = number(&[m1, m2])?.try_into().ok()?;
    let day = number(&[d1, d2])?.try_into().ok()?;
    Some((number(&[y1, y2, y3, y4])?, month, day))
}
