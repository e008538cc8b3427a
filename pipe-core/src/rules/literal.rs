//! Values in rules: as they are written, and as their column holds them.

use std::fmt::{self, Display, Formatter};

use crate::contract::{ColumnType, TimeUnit};

/// A value in a rule, as it is written.
#[derive(Clone, Copy, Debug)]
pub enum Literal {
    /// `-4`
    Integer(i128),
    /// `0.5`
    Float(f64),
    /// `"EWR"`, `"2013-01-01"`
    Text(&'static str),
}

/// A value as its column holds it: dates, times and durations are numbers.
#[derive(Clone, Copy)]
pub(super) enum Held {
    Integer(i128),
    Float(f64),
    Text(&'static str),
}

/// Why a literal is no value of a column.
#[derive(Clone, Copy)]
pub(super) enum Misfit {
    /// Another kind of literal is wanted.
    Kind,
    /// A number that the type cannot hold.
    Range,
    /// A text that is no date, time or duration.
    Form,
    /// A time between two that the column can hold.
    Fine,
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(value) => write!(f, "{value:?}"),
        }
    }
}

impl Literal {
    /// The value that a column of this type holds for it.
    pub(super) const fn held_by(self, ty: ColumnType) -> Result<Held, Misfit> {
        match (self, ty) {
            (Self::Integer(value), ColumnType::Float32 | ColumnType::Float64) => {
                // The nearest value that the column can hold.
                Ok(Held::Float(value as f64))
            }
            (Self::Integer(value), ty) => match range(ty) {
                Some((least, most)) if value < least || value > most => Err(Misfit::Range),
                Some(_) => Ok(Held::Integer(value)),
                None => Err(Misfit::Kind),
            },
            (Self::Float(value), ColumnType::Float32 | ColumnType::Float64) => {
                let most = match ty {
                    ColumnType::Float32 => f32::MAX as f64,
                    _ => f64::MAX,
                };
                if value.abs() > most {
                    Err(Misfit::Range)
                } else {
                    Ok(Held::Float(value))
                }
            }
            (Self::Text(text), ColumnType::String) => Ok(Held::Text(text)),
            (Self::Text(text), ty) => {
                let mut text = Text::new(text);
                match ty {
                    ColumnType::Date => match text.date() {
                        Some(days) if text.is_done() => Ok(Held::Integer(days as i128)),
                        _ => Err(Misfit::Form),
                    },
                    ColumnType::Time => match text.time() {
                        Some(time) if text.is_done() => Ok(Held::Integer(time as i128)),
                        _ => Err(Misfit::Form),
                    },
                    ColumnType::Datetime(unit, zone) => match text.datetime(zone.is_some()) {
                        Some(time) => in_unit(time, unit),
                        None => Err(Misfit::Form),
                    },
                    ColumnType::Duration(unit) => match text.duration() {
                        Some(time) => in_unit(time, unit),
                        None => Err(Misfit::Form),
                    },
                    _ => Err(Misfit::Kind),
                }
            }
            (Self::Float(_), _) => Err(Misfit::Kind),
        }
    }
}

/// The numbers that an integer type holds.
pub(super) const fn range(ty: ColumnType) -> Option<(i128, i128)> {
    Some(match ty {
        ColumnType::Int8 => (i8::MIN as i128, i8::MAX as i128),
        ColumnType::Int16 => (i16::MIN as i128, i16::MAX as i128),
        ColumnType::Int32 => (i32::MIN as i128, i32::MAX as i128),
        ColumnType::Int64 => (i64::MIN as i128, i64::MAX as i128),
        ColumnType::UInt8 => (0, u8::MAX as i128),
        ColumnType::UInt16 => (0, u16::MAX as i128),
        ColumnType::UInt32 => (0, u32::MAX as i128),
        ColumnType::UInt64 => (0, u64::MAX as i128),
        _ => return None,
    })
}

/// Nanoseconds in the unit of a column.
const fn in_unit(nanoseconds: i128, unit: TimeUnit) -> Result<Held, Misfit> {
    let one = match unit {
        TimeUnit::Nanoseconds => 1,
        TimeUnit::Microseconds => 1_000,
        TimeUnit::Milliseconds => 1_000_000,
    };
    if nanoseconds % one != 0 {
        return Err(Misfit::Fine);
    }
    let value = nanoseconds / one;
    if value < i64::MIN as i128 || value > i64::MAX as i128 {
        return Err(Misfit::Range);
    }
    Ok(Held::Integer(value))
}

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A text that is read from its start. chrono's parsers are no `const fn`.
struct Text {
    bytes: &'static [u8],
    at: usize,
}

impl Text {
    const fn new(text: &'static str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
        }
    }

    const fn is_done(&self) -> bool {
        self.at == self.bytes.len()
    }

    const fn take(&mut self, byte: u8) -> bool {
        let is_next = self.at < self.bytes.len() && self.bytes[self.at] == byte;
        if is_next {
            self.at += 1;
        }
        is_next
    }

    /// A number of exactly so many digits.
    const fn digits(&mut self, count: usize) -> Option<i64> {
        let mut number = 0;
        let mut read = 0;
        while read < count {
            if self.at == self.bytes.len() || !self.bytes[self.at].is_ascii_digit() {
                return None;
            }
            number = number * 10 + (self.bytes[self.at] - b'0') as i64;
            self.at += 1;
            read += 1;
        }
        Some(number)
    }

    /// `2013-01-31`, as days since 1970.
    const fn date(&mut self) -> Option<i64> {
        let Some(year) = self.digits(4) else {
            return None;
        };
        if !self.take(b'-') {
            return None;
        }
        let Some(month) = self.digits(2) else {
            return None;
        };
        if !self.take(b'-') {
            return None;
        }
        match self.digits(2) {
            Some(day) if month >= 1 && month <= 12 && day >= 1 && day <= days(year, month) => {
                Some(days_since_1970(year, month, day))
            }
            _ => None,
        }
    }

    /// `05:00`, `05:00:07`, `05:00:07.25`, as nanoseconds since midnight.
    const fn time(&mut self) -> Option<i64> {
        let Some(hour) = self.digits(2) else {
            return None;
        };
        if !self.take(b':') {
            return None;
        }
        let Some(minute) = self.digits(2) else {
            return None;
        };
        let (mut second, mut fraction) = (0, 0);
        if self.take(b':') {
            second = match self.digits(2) {
                Some(second) => second,
                None => return None,
            };
            if self.take(b'.') {
                let mut place = SECOND / 10;
                let start = self.at;
                while let Some(digit) = self.digits(1) {
                    // Nine digits are nanoseconds; there is nothing finer.
                    if place == 0 {
                        return None;
                    }
                    fraction += digit * place;
                    place /= 10;
                }
                if self.at == start {
                    return None;
                }
            }
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        Some(((hour * 60 + minute) * 60 + second) * SECOND + fraction)
    }

    /// A date, then perhaps a time, as nanoseconds since 1970. One of a column with a zone is in UTC
    /// and says so: `2013-01-01T05:00Z`.
    const fn datetime(&mut self, zoned: bool) -> Option<i128> {
        let Some(days) = self.date() else {
            return None;
        };
        let mut time = 0;
        let has_time = self.take(b'T') || self.take(b' ');
        if has_time {
            time = match self.time() {
                Some(time) => time,
                None => return None,
            };
        }
        if has_time && zoned && !self.take(b'Z') {
            return None;
        }
        if !self.is_done() {
            return None;
        }
        Some(days as i128 * DAY as i128 + time as i128)
    }

    /// `90s`, `-5m`, `36h`, as nanoseconds.
    const fn duration(&mut self) -> Option<i128> {
        let negative = self.take(b'-');
        let mut number: i128 = 0;
        let start = self.at;
        while let Some(digit) = self.digits(1) {
            // Longer than any column can hold; in range of the product below.
            if number > i64::MAX as i128 {
                return None;
            }
            number = number * 10 + digit as i128;
        }
        if self.at == start {
            return None;
        }
        let unit = match self.bytes.split_at(self.at).1 {
            b"ns" => 1,
            b"us" => 1_000,
            b"ms" => 1_000_000,
            b"s" => SECOND,
            b"m" => 60 * SECOND,
            b"h" => 3_600 * SECOND,
            b"d" => DAY,
            _ => return None,
        };
        let time = number * unit as i128;
        Some(if negative { -time } else { time })
    }
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month.
const fn days(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Of years 0 to 9999.
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Leap years before this one, year 0 among them.
    let leaps = if year == 0 {
        0
    } else {
        (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1
    };
    let mut since_0 = year * 365 + leaps + day - 1;
    let mut before = 1;
    while before < month {
        since_0 += days(year, before);
        before += 1;
    }
    since_0 - 719_528
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn held(text: &'static str, ty: ColumnType) -> Option<i128> {
        match Literal::Text(text).held_by(ty) {
            Ok(Held::Integer(value)) => Some(value),
            _ => None,
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let epoch = NaiveDate::default();
        for year in [
            0, 1, 4, 100, 400, 1600, 1899, 1900, 1970, 2000, 2024, 2100, 9999,
        ] {
            for month in 1..=12 {
                for day in 1..=31 {
                    let text: &'static str = format!("{year:04}-{month:02}-{day:02}").leak();
                    let expected = NaiveDate::from_ymd_opt(year, month, day)
                        .map(|date| i128::from((date - epoch).num_days()));
                    assert_eq!(held(text, ColumnType::Date), expected, "{text}");
                }
            }
        }
        for text in [
            "",
            "2013",
            "2013-1-1",
            "2013-13-01",
            "2013-00-10",
            "2013-01-01T00:00",
        ] {
            assert_eq!(held(text, ColumnType::Date), None, "{text}");
        }
    }

    #[test]
    fn times_are_in_the_unit_of_the_column() {
        let micros = ColumnType::Datetime(TimeUnit::Microseconds, None);
        let utc = ColumnType::Datetime(TimeUnit::Milliseconds, Some("UTC"));
        assert_eq!(held("1970-01-02", micros), Some(86_400_000_000));
        assert_eq!(held("1970-01-01 00:01", micros), Some(60_000_000));
        assert_eq!(held("1969-12-31T23:59:59.5", micros), Some(-500_000));
        assert_eq!(held("1970-01-01T00:00Z", micros), None);
        assert_eq!(held("1970-01-01T00:00:01Z", utc), Some(1_000));
        assert_eq!(held("1970-01-01", utc), Some(0));
        assert_eq!(held("1970-01-01T00:00:01", utc), None);
        assert_eq!(
            held("12:30:00.000000001", ColumnType::Time),
            Some(45_000_000_000_001)
        );
        assert_eq!(held("24:00", ColumnType::Time), None);
        assert_eq!(held("12:30:00.", ColumnType::Time), None);
        let duration = ColumnType::Duration(TimeUnit::Milliseconds);
        assert_eq!(held("-2m", duration), Some(-120_000));
        assert_eq!(held("1d", duration), Some(86_400_000));
        assert_eq!(held("m", duration), None);
        assert!(matches!(
            Literal::Text("1us").held_by(duration),
            Err(Misfit::Fine)
        ));
        let nanos = ColumnType::Datetime(TimeUnit::Nanoseconds, None);
        assert!(matches!(
            Literal::Text("2263-01-01").held_by(nanos),
            Err(Misfit::Range)
        ));
    }
}
