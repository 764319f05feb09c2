//! `time::OffsetDateTime` and `time::Date`.

use ::time::{Date, Duration, Month, OffsetDateTime};

use super::{DATE, date_parts, date_text, moment};
use crate::__private::{ExpiresField, StampField};
use crate::Timestamp;
use crate::key::{FixedShape, KeyKind, KeyPart};
use crate::schema::Storage;
use crate::value::{FieldSink, Invalid, Scalar, Value, read_text};

/// The instant; refuses what is finer than a microsecond, and years outside 0000 to 9999 in UTC.
///
/// ```
/// use keyloom::Timestamp;
/// use time::OffsetDateTime;
///
/// let fine = OffsetDateTime::from_unix_timestamp_nanos(1_772_366_400_123_456_789).unwrap();
/// assert!(Timestamp::try_from(fine).is_err());
///
/// let moment = Timestamp::try_from(fine.truncate_to_microsecond())?;
/// assert_eq!(moment.to_string(), "2026-03-01T12:00:00.123456Z");
/// assert_eq!(OffsetDateTime::from(moment), fine.truncate_to_microsecond());
/// # Ok::<(), keyloom::value::Invalid>(())
/// ```
impl TryFrom<OffsetDateTime> for Timestamp {
    type Error = Invalid;

    fn try_from(time: OffsetDateTime) -> Result<Self, Invalid> {
        moment(time.unix_timestamp_nanos(), "time.truncate_to_microsecond()")
    }
}

/// In UTC.
impl From<Timestamp> for OffsetDateTime {
    fn from(moment: Timestamp) -> Self {
        // Years of four digits are what `time` holds without its feature `large-dates`.
        OffsetDateTime::UNIX_EPOCH + Duration::microseconds(moment.as_micros())
    }
}

/// Stored as [`Timestamp`] is, and read back in UTC; what that cannot hold exactly is refused.
///
/// A field of this type can have the role `created`, `updated` or `expires`:
///
/// ```
/// use keyloom::Record;
/// use time::OffsetDateTime;
///
/// #[derive(Record)]
/// #[record(global, partition = "sessions#{user}", sort = "{begun}")]
/// struct Session {
///     user: String,
///     begun: OffsetDateTime,
///     #[record(created)]
///     created: OffsetDateTime,
///     #[record(updated)]
///     updated: OffsetDateTime,
///     #[record(expires)]
///     expires: Option<OffsetDateTime>,
/// }
/// ```
impl Scalar for OffsetDateTime {
    const STORAGE: Storage = Storage::Timestamp;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        Timestamp::try_from(*self)?.write(to)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        Timestamp::read(value).map(Self::from)
    }
}

#[diagnostic::do_not_recommend]
impl KeyPart for OffsetDateTime {
    const KIND: KeyKind = KeyKind::Timestamp;
    type Shape = FixedShape;
}

#[diagnostic::do_not_recommend]
impl StampField for OffsetDateTime {
    fn set(&mut self, time: Timestamp) {
        *self = time.into();
    }
}

#[diagnostic::do_not_recommend]
impl ExpiresField for OffsetDateTime {}
#[diagnostic::do_not_recommend]
impl ExpiresField for Option<OffsetDateTime> {}

/// Stored as `YYYY-MM-DD`, years 0000 to 9999; no other spelling is read.
///
/// ```
/// use keyloom::key::{KeyKind, encode_word};
/// use keyloom::value::{Row, Scalar};
/// use time::{Date, Month};
///
/// let day = Date::from_calendar_date(987, Month::June, 5).unwrap();
/// let mut row = Row::default();
/// day.write(&mut row)?;
/// assert_eq!(encode_word(KeyKind::Date, None, &row.get(0))?, "0987-06-05");
/// assert_eq!(Date::read(row.get(0))?, day);
/// # Ok::<(), keyloom::value::Invalid>(())
/// ```
impl Scalar for Date {
    const STORAGE: Storage = Storage::Text;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        let (year, month, day) = self.to_calendar_date();
        to.text(&date_text(year, month.into(), day)?)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        read_text(&value, DATE, |text| {
            let (year, month, day) = date_parts(text)?;
            Date::from_calendar_date(year.into(), Month::try_from(month).ok()?, day).ok()
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
    use ::time::UtcOffset;

    use super::*;
    use crate::value::Row;

    fn written<T: Scalar>(value: &T) -> Result<Value<'static>, Invalid> {
        let mut row = Row::default();
        value.write(&mut row)?;
        Ok(row.pop())
    }

    #[test]
    fn instants_are_stored_in_microseconds_and_read_in_utc() {
        for moment in [Timestamp::MIN, Timestamp::default(), Timestamp::MAX] {
            let time = OffsetDateTime::from(moment);
            assert_eq!(written(&time), Ok(Value::Int(moment.as_micros())));
            assert_eq!(OffsetDateTime::read(Value::Int(moment.as_micros())), Ok(time));
        }
        let offset = UtcOffset::from_hms(5, 30, 0).unwrap();
        let elsewhere = OffsetDateTime::UNIX_EPOCH.to_offset(offset);
        assert_eq!(written(&elsewhere), Ok(Value::Int(0)));
        let read = OffsetDateTime::read(Value::Int(0)).unwrap();
        assert_eq!(read, elsewhere);
        assert_eq!(read.offset(), UtcOffset::UTC);
        assert!(OffsetDateTime::read(Value::Int(i64::MIN)).is_err());
    }

    #[test]
    fn what_microseconds_cannot_hold_is_refused() {
        for nanos in [-1, 1, 999] {
            let fine = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap();
            let why = written(&fine).unwrap_err().to_string();
            assert!(why.contains("time.truncate_to_microsecond()"), "{why}");
            assert!(written(&fine.truncate_to_microsecond()).is_ok());
        }
        let early = OffsetDateTime::from(Timestamp::MIN) - Duration::microseconds(1);
        assert!(written(&early).is_err());
    }

    #[test]
    fn dates_are_iso_text_of_four_digit_years() {
        for (year, month, day) in [(0, 1, 1), (1, 2, 3), (2024, 2, 29), (9999, 12, 31)] {
            let date =
                Date::from_calendar_date(year, Month::try_from(month).unwrap(), day).unwrap();
            let text = format!("{year:04}-{month:02}-{day:02}");
            assert_eq!(written(&date), Ok(Value::Text(text.clone().into())));
            assert_eq!(Date::read(Value::Text(text.into())), Ok(date));
        }
        assert!(written(&Date::MIN).is_err());
        for text in ["2026-02-29", "2026-13-01", "2026-1-01", "+026-01-01", "2026-01-01 ", ""] {
            assert!(Date::read(Value::Text(text.into())).is_err(), "{text}");
        }
    }
}
