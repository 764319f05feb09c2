//! `::jiff::Timestamp` and `jiff::civil::Date`.

use ::jiff::SignedDuration;
use ::jiff::civil::Date;

use super::{DATE, date_parts, date_text, moment};
use crate::__private::{ExpiresField, StampField};
use crate::Timestamp;
use crate::key::{FixedShape, KeyKind, KeyPart};
use crate::schema::Storage;
use crate::value::{FieldSink, Invalid, Scalar, Value, read_text};

/// Refuses what is finer than a microsecond, and years outside 0000 to 9999.
///
/// ```
/// use keyloom::Timestamp;
///
/// let fine = jiff::Timestamp::from_nanosecond(1_772_366_400_123_456_789).unwrap();
/// assert!(Timestamp::try_from(fine).is_err());
///
/// let cut = jiff::Timestamp::from_microsecond(fine.as_microsecond()).unwrap();
/// let moment = Timestamp::try_from(cut)?;
/// assert_eq!(moment.to_string(), "2026-03-01T12:00:00.123456Z");
/// assert_eq!(jiff::Timestamp::try_from(moment)?, cut);
/// # Ok::<(), keyloom::value::Invalid>(())
/// ```
impl TryFrom<::jiff::Timestamp> for Timestamp {
    type Error = Invalid;

    fn try_from(time: ::jiff::Timestamp) -> Result<Self, Invalid> {
        moment(time.as_nanosecond(), "Timestamp::from_microsecond(time.as_microsecond())?")
    }
}

/// Refuses the last 26 hours of the year 9999, which jiff's type does not reach.
impl TryFrom<Timestamp> for ::jiff::Timestamp {
    type Error = Invalid;

    fn try_from(moment: Timestamp) -> Result<Self, Invalid> {
        // `from_microsecond` does not reach into the last second.
        ::jiff::Timestamp::from_nanosecond(i128::from(moment.as_micros()) * 1000)
            .map_err(|_| Invalid::new(format!("a time after {}", ::jiff::Timestamp::MAX)))
    }
}

/// Stored as [`Timestamp`] is; what that cannot hold exactly is refused.
///
/// A field of this type can have the role `created`, `updated` or `expires`:
///
/// ```
/// use jiff::Timestamp;
/// use keyloom::Record;
///
/// #[derive(Record)]
/// #[record(global, partition = "sessions#{user}", sort = "{begun}")]
/// struct Session {
///     user: String,
///     begun: Timestamp,
///     #[record(created)]
///     created: Timestamp,
///     #[record(updated)]
///     updated: Timestamp,
///     #[record(expires)]
///     expires: Option<Timestamp>,
/// }
/// ```
impl Scalar for ::jiff::Timestamp {
    const STORAGE: Storage = Storage::Timestamp;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        Timestamp::try_from(*self)?.write(to)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        Timestamp::read(value)?.try_into()
    }
}

#[diagnostic::do_not_recommend]
impl KeyPart for ::jiff::Timestamp {
    const KIND: KeyKind = KeyKind::Timestamp;
    type Shape = FixedShape;
}

#[diagnostic::do_not_recommend]
impl StampField for ::jiff::Timestamp {
    /// Of a clock that stands beyond jiff's last moment, its last whole microsecond.
    fn set(&mut self, time: Timestamp) {
        let last = ::jiff::Timestamp::MAX;
        let cut = SignedDuration::from_nanos(last.subsec_nanosecond().rem_euclid(1000).into());
        *self = time.try_into().unwrap_or(last - cut);
    }
}

#[diagnostic::do_not_recommend]
impl ExpiresField for ::jiff::Timestamp {}
#[diagnostic::do_not_recommend]
impl ExpiresField for Option<::jiff::Timestamp> {}

/// Stored as `YYYY-MM-DD`, years 0000 to 9999; no other spelling is read.
///
/// ```
/// use jiff::civil::{Date, date};
/// use keyloom::key::{KeyKind, encode_word};
/// use keyloom::value::{Row, Scalar};
///
/// let day = date(987, 6, 5);
/// let mut row = Row::default();
/// day.write(&mut row)?;
/// assert_eq!(encode_word(KeyKind::Date, None, &row.get(0))?, "0987-06-05");
/// assert_eq!(Date::read(row.get(0))?, day);
/// # Ok::<(), keyloom::value::Invalid>(())
/// ```
impl Scalar for Date {
    const STORAGE: Storage = Storage::Text;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        let [month, day] = [self.month(), self.day()].map(i8::unsigned_abs);
        to.text(&date_text(self.year().into(), month, day)?)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        read_text(&value, DATE, |text| {
            let (year, month, day) = date_parts(text)?;
            Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
        })
    }
}

#[diagnostic::do_not_recommend]
impl KeyPart for Date {
    const KIND: KeyKind = KeyKind::Date;
    type Shape = FixedShape;
}

#[cfg(test)]
mod tests {
    use ::jiff::civil::date;

    use super::*;
    use crate::value::Row;

    fn written<T: Scalar>(value: &T) -> Result<Value<'static>, Invalid> {
        let mut row = Row::default();
        value.write(&mut row)?;
        Ok(row.pop())
    }

    #[test]
    fn moments_are_stored_in_microseconds() {
        let last = Timestamp::from_micros(::jiff::Timestamp::MAX.as_microsecond()).unwrap();
        for moment in [Timestamp::MIN, Timestamp::default(), last] {
            let time = ::jiff::Timestamp::try_from(moment).unwrap();
            assert_eq!(written(&time), Ok(Value::Int(moment.as_micros())));
            assert_eq!(::jiff::Timestamp::read(Value::Int(moment.as_micros())), Ok(time));
        }
        assert!(::jiff::Timestamp::read(Value::Int(last.as_micros() + 1)).is_err());
        assert!(::jiff::Timestamp::read(Value::Int(Timestamp::MAX.as_micros())).is_err());
        assert!(written(&::jiff::Timestamp::MIN).is_err());
    }

    #[test]
    fn a_stamp_beyond_the_last_moment_is_the_last() {
        let mut stamp = ::jiff::Timestamp::UNIX_EPOCH;
        stamp.set(Timestamp::MAX);
        assert_eq!(stamp.as_microsecond(), ::jiff::Timestamp::MAX.as_microsecond());
        assert!(written(&stamp).is_ok());
    }

    #[test]
    fn what_microseconds_cannot_hold_is_refused() {
        for nanos in [-1, 1, 999] {
            let fine = ::jiff::Timestamp::from_nanosecond(nanos).unwrap();
            let why = written(&fine).unwrap_err().to_string();
            assert!(why.contains("from_microsecond(time.as_microsecond())"), "{why}");
        }
    }

    #[test]
    fn dates_are_iso_text_of_four_digit_years() {
        for (year, month, day) in [(0, 1, 1), (1, 2, 3), (2024, 2, 29), (9999, 12, 31)] {
            let text = format!("{year:04}-{month:02}-{day:02}");
            let date = date(year, month, day);
            assert_eq!(written(&date), Ok(Value::Text(text.clone().into())));
            assert_eq!(Date::read(Value::Text(text.into())), Ok(date));
        }
        assert!(written(&date(-1, 1, 1)).is_err());
        for text in ["2026-02-29", "2026-13-01", "2026-1-01", "+026-01-01", "2026-01-01 ", ""] {
            assert!(Date::read(Value::Text(text.into())).is_err(), "{text}");
        }
    }
}
