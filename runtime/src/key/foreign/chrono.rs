//! `chrono::DateTime<Utc>` and `chrono::NaiveDate`.

use ::chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::{DATE, date_parts, date_text, moment};
use crate::__private::{ExpiresField, StampField};
use crate::Timestamp;
use crate::key::{FixedShape, KeyKind, KeyPart};
use crate::schema::Storage;
use crate::value::{FieldSink, Invalid, Scalar, Value, read_text};

const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// Refuses a leap second, what is finer than a microsecond, and years outside 0000 to 9999.
///
/// ```
/// use chrono::{DateTime, SubsecRound, Utc};
/// use keyloom::Timestamp;
///
/// let fine: DateTime<Utc> = DateTime::from_timestamp_nanos(1_772_366_400_123_456_789);
/// assert!(Timestamp::try_from(fine).is_err());
///
/// let moment = Timestamp::try_from(fine.trunc_subsecs(6))?;
/// assert_eq!(moment.to_string(), "2026-03-01T12:00:00.123456Z");
/// assert_eq!(DateTime::from(moment), fine.trunc_subsecs(6));
/// # Ok::<(), keyloom::value::Invalid>(())
/// ```
impl TryFrom<DateTime<Utc>> for Timestamp {
    type Error = Invalid;

    fn try_from(time: DateTime<Utc>) -> Result<Self, Invalid> {
        let nanos = time.timestamp_subsec_nanos();
        if nanos >= NANOS_PER_SECOND {
            return Err(Invalid::new(
                "a leap second, which no engine holds; store the second before or after it",
            ));
        }
        let seconds = i128::from(time.timestamp()) * i128::from(NANOS_PER_SECOND);
        moment(seconds + i128::from(nanos), "time.trunc_subsecs(6)")
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(moment: Timestamp) -> Self {
        // The years 0000 to 9999 lie well inside chrono's own.
        DateTime::UNIX_EPOCH + TimeDelta::microseconds(moment.as_micros())
    }
}

/// Stored as [`Timestamp`] is; what that cannot hold exactly is refused.
///
/// A field of this type can have the role `created`, `updated` or `expires`:
///
/// ```
/// use chrono::{DateTime, Utc};
/// use keyloom::Record;
///
/// #[derive(Record)]
/// #[record(global, partition = "sessions#{user}", sort = "{begun}")]
/// struct Session {
///     user: String,
///     begun: DateTime<Utc>,
///     #[record(created)]
///     created: DateTime<Utc>,
///     #[record(updated)]
///     updated: DateTime<Utc>,
///     #[record(expires)]
///     expires: Option<DateTime<Utc>>,
/// }
/// ```
impl Scalar for DateTime<Utc> {
    const STORAGE: Storage = Storage::Timestamp;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        Timestamp::try_from(*self)?.write(to)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        Timestamp::read(value).map(Self::from)
    }
}

#[diagnostic::do_not_recommend]
impl KeyPart for DateTime<Utc> {
    const KIND: KeyKind = KeyKind::Timestamp;
    type Shape = FixedShape;
}

#[diagnostic::do_not_recommend]
impl StampField for DateTime<Utc> {
    fn set(&mut self, time: Timestamp) {
        *self = time.into();
    }
}

#[diagnostic::do_not_recommend]
impl ExpiresField for DateTime<Utc> {}
#[diagnostic::do_not_recommend]
impl ExpiresField for Option<DateTime<Utc>> {}

/// Stored as `YYYY-MM-DD`, years 0000 to 9999; no other spelling is read.
///
/// ```
/// use chrono::NaiveDate;
/// use keyloom::key::{KeyKind, encode_word};
/// use keyloom::value::{Row, Scalar};
///
/// let day = NaiveDate::from_ymd_opt(987, 6, 5).unwrap();
/// let mut row = Row::default();
/// day.write(&mut row)?;
/// assert_eq!(encode_word(KeyKind::Date, None, &row.get(0))?, "0987-06-05");
/// assert_eq!(NaiveDate::read(row.get(0))?, day);
/// # Ok::<(), keyloom::value::Invalid>(())
/// ```
impl Scalar for NaiveDate {
    const STORAGE: Storage = Storage::Text;

    fn write(&self, to: &mut dyn FieldSink) -> Result<(), Invalid> {
        let [month, day] = [self.month(), self.day()].map(|part| part.to_le_bytes()[0]);
        to.text(&date_text(self.year(), month, day)?)
    }

    fn read(value: Value<'_>) -> Result<Self, Invalid> {
        read_text(&value, DATE, |text| {
            let (year, month, day) = date_parts(text)?;
            NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())
        })
    }
}

#[diagnostic::do_not_recommend]
impl KeyPart for NaiveDate {
    const KIND: KeyKind = KeyKind::Date;
    type Shape = FixedShape;
}

#[cfg(test)]
mod tests {
    use ::chrono::{NaiveTime, SubsecRound};

    use super::*;
    use crate::value::Row;

    fn written<T: Scalar>(value: &T) -> Result<Value<'static>, Invalid> {
        let mut row = Row::default();
        value.write(&mut row)?;
        Ok(row.pop())
    }

    #[test]
    fn moments_are_stored_in_microseconds_at_every_bound() {
        for moment in [Timestamp::MIN, Timestamp::default(), Timestamp::MAX] {
            let time = DateTime::<Utc>::from(moment);
            assert_eq!(time.timestamp_micros(), moment.as_micros());
            assert_eq!(written(&time), Ok(Value::Int(moment.as_micros())));
            assert_eq!(DateTime::<Utc>::read(Value::Int(moment.as_micros())), Ok(time));
        }
        for beyond in [
            DateTime::<Utc>::from(Timestamp::MAX) + TimeDelta::microseconds(1),
            DateTime::<Utc>::from(Timestamp::MIN) - TimeDelta::microseconds(1),
            DateTime::<Utc>::MAX_UTC.trunc_subsecs(6),
            DateTime::<Utc>::MIN_UTC,
        ] {
            assert!(written(&beyond).is_err(), "{beyond}");
        }
        assert!(DateTime::<Utc>::read(Value::Int(i64::MAX)).is_err());
    }

    #[test]
    fn what_microseconds_cannot_hold_is_refused() {
        for nanos in [-1, 1, 999] {
            let fine = DateTime::<Utc>::from_timestamp_nanos(nanos);
            let why = written(&fine).unwrap_err().to_string();
            assert!(why.contains("time.trunc_subsecs(6)"), "{why}");
            assert!(written(&fine.trunc_subsecs(6)).is_ok());
        }
        let leap = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
        let leap = NaiveDate::from_ymd_opt(2016, 12, 31).unwrap().and_time(leap).and_utc();
        let why = written(&leap).unwrap_err().to_string();
        assert!(why.contains("leap second"), "{why}");
    }

    #[test]
    fn dates_are_iso_text_of_four_digit_years() {
        for (year, month, day) in [(0, 1, 1), (1, 2, 3), (2024, 2, 29), (9999, 12, 31)] {
            let date = NaiveDate::from_ymd_opt(year, month, day).unwrap();
            let text = format!("{year:04}-{month:02}-{day:02}");
            assert_eq!(written(&date), Ok(Value::Text(text.clone().into())));
            assert_eq!(NaiveDate::read(Value::Text(text.into())), Ok(date));
        }
        for year in [-1, 10_000] {
            assert!(written(&NaiveDate::from_ymd_opt(year, 1, 1).unwrap()).is_err());
        }
        for text in ["2026-02-29", "2026-1-01", "+026-01-01", "20260101", "2026-01-01 ", ""] {
            assert!(NaiveDate::read(Value::Text(text.into())).is_err(), "{text}");
        }
    }
}
