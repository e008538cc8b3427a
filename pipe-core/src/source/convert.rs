//! Columns that Polars cannot read, or not strictly, from text: read as another type and converted.
//!
//! Dates and times are always read as text and converted with one explicit format. Polars' CSV
//! reader guesses the format from the first value of each chunk: which values it accepts would
//! depend on where the chunks begin.
//!
//! Times are converted here and not by Polars, which lets those wrap that are too far away for
//! nanoseconds, cuts off what is finer than the unit, and makes times of leap seconds that it cannot
//! print.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use polars::prelude::*;

use super::conform::Target;
use super::error::shortened;
use super::{Fault, SourceProblem};

/// The text formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextFormat {
    Csv,
    NdJson,
}

impl TextFormat {
    /// The type to read a column of the given type as.
    pub(super) fn reads(self, dtype: &DataType) -> DataType {
        match dtype {
            DataType::Date | DataType::Time | DataType::Datetime(..) => DataType::String,
            // Polars' readers make infinity of what is too large.
            DataType::Float32 => DataType::Float64,
            // Polars' NDJSON reader panics at these.
            DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16
                if self == Self::NdJson =>
            {
                DataType::Int64
            }
            other => other.clone(),
        }
    }

    /// The types that the format cannot hold.
    pub(super) fn refused(self, place: &str, targets: &[Target]) -> Vec<Fault> {
        let refused = targets
            .iter()
            .filter(|target| !self.holds(&target.dtype, true));
        let fault = |target: &Target| {
            let problem = SourceProblem::NotInFormat {
                format: match self {
                    Self::Csv => "CSV",
                    Self::NdJson => "NDJSON",
                },
                declared: target.ty.clone(),
                help: match (self, &target.dtype) {
                    (_, DataType::Duration(_)) => {
                        "declare a number or a `String`, and convert it in a step, or use Parquet"
                    }
                    (Self::Csv, DataType::List(_) | DataType::Struct(_)) => {
                        "declare a `String` and take it apart in a step, or use NDJSON or Parquet"
                    }
                    _ => "declare `String` and convert it in a step, or use Parquet",
                },
            };
            Fault::of(&place, problem).column(target.name.as_str())
        };
        refused.map(fault).collect()
    }

    fn holds(self, dtype: &DataType, top: bool) -> bool {
        match dtype {
            DataType::Date | DataType::Time | DataType::Datetime(..) => top,
            DataType::Duration(_) | DataType::Binary => false,
            DataType::List(item) => self == Self::NdJson && self.holds(item, false),
            DataType::Struct(fields) => {
                self == Self::NdJson && fields.iter().all(|field| self.holds(&field.dtype, false))
            }
            _ => true,
        }
    }

    /// The wanted columns of a frame that was read with the types of [`TextFormat::reads`]. A value
    /// that does not convert fails the query.
    pub(super) fn converted(self, lazy: LazyFrame, targets: &[Target]) -> LazyFrame {
        lazy.select(
            targets
                .iter()
                .map(|target| self.convert(target))
                .collect::<Vec<_>>(),
        )
    }

    fn convert(self, target: &Target) -> Expr {
        let read = target.expr();
        match &target.dtype {
            DataType::Date => read.str().to_date(format("%Y-%m-%d")),
            DataType::Time | DataType::Datetime(..) => times(read, target.dtype.clone()),
            DataType::Float32 => read.map(|column| narrowed(&column), typed(DataType::Float32)),
            dtype if self.reads(dtype) != *dtype => read.strict_cast(dtype.clone()),
            _ => read,
        }
    }
}

/// What a closure over a column makes of it.
fn typed(dtype: DataType) -> impl Fn(&Schema, &Field) -> PolarsResult<Field> {
    move |_, field| Ok(Field::new(field.name().clone(), dtype.clone()))
}

/// Times of day, and times with and without a zone.
fn times(text: Expr, dtype: DataType) -> Expr {
    let made = typed(dtype.clone());
    let convert = move |column: Column| {
        let text = column.str()?;
        let numbers = text.iter().map(|text| time(text?, &dtype));
        let numbers = Int64Chunked::from_iter_options(text.name().clone(), numbers);
        if numbers.null_count() > text.null_count() {
            let mut both = text.iter().zip(numbers.iter());
            let bad = both.find_map(|(text, number)| text.filter(|_| number.is_none()));
            return Err(bad_value(&column, &dtype, bad.unwrap_or_default()));
        }
        Ok(match &dtype {
            DataType::Datetime(unit, zone) => {
                numbers.into_datetime(*unit, zone.clone()).into_column()
            }
            _ => numbers.into_time().into_column(),
        })
    };
    text.map(convert, made)
}

/// Numbers that were read as `f64`. One that is too large for `f32` would become infinity.
fn narrowed(column: &Column) -> PolarsResult<Column> {
    let wide = column.f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "as Polars casts")]
    let narrow = |number: f64| number as f32;
    let too_large = |number: &f64| number.is_finite() && narrow(*number).is_infinite();
    if let Some(bad) = wide.iter().flatten().find(too_large) {
        return Err(bad_value(column, &DataType::Float32, &bad.to_string()));
    }
    column.cast(&DataType::Float32)
}

/// In the words of Polars' own casts, by which a diagnosis knows it.
fn bad_value(column: &Column, dtype: &DataType, text: &str) -> PolarsError {
    polars_err!(
        ComputeError: "conversion from `{}` to `{dtype}` failed in column '{}' for {:?}",
        column.dtype(), column.name(), shortened(text.to_owned())
    )
}

/// The number that stands for a time in a column of this type. `None` if there is no such time, or
/// none in this unit: one that is cut off is another time.
///
/// chrono is slow: a third of what it took to read a CSV file was spent there. So times to the second,
/// which is what most are, are read here, and only what this does not know goes to chrono, which has the
/// last word on it.
fn time(text: &str, dtype: &DataType) -> Option<i64> {
    match dtype {
        DataType::Time => {
            let time = NaiveTime::parse_from_str(text, "%H:%M:%S%.f").ok()?;
            counted(
                time.num_seconds_from_midnight().into(),
                &time,
                text,
                TimeUnit::Nanoseconds,
            )
        }
        DataType::Datetime(unit, None) => quick_time(text, *unit).or_else(|| {
            // Some tools write a space instead of the `T`.
            let text = text.replacen(' ', "T", 1);
            let time = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
            counted(time.and_utc().timestamp(), &time, &text, *unit)
        }),
        DataType::Datetime(unit, Some(_)) => {
            let quick = text
                .strip_suffix('Z')
                .and_then(|text| quick_time(text, *unit));
            quick.or_else(|| {
                let text = text.replacen(' ', "T", 1);
                let time = DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%#z").ok()?;
                counted(time.timestamp(), &time, &text, *unit)
            })
        }
        _ => None,
    }
}

/// Seconds, and the fraction of a second that the time has, in the unit.
fn counted(seconds: i64, time: &impl Timelike, text: &str, unit: TimeUnit) -> Option<i64> {
    const SECOND: i64 = 1_000_000_000;
    let fraction = i64::from(time.nanosecond());
    let units = units(unit);
    // To chrono, a leap second is the one before it that has not ended yet.
    if fraction >= SECOND || fraction % (SECOND / units) != 0 || is_finer_than_nanoseconds(text) {
        return None;
    }
    let whole = i128::from(seconds) * i128::from(units);
    i64::try_from(whole + i128::from(fraction / (SECOND / units))).ok()
}

/// chrono passes over the digits of a fraction behind the ninth.
fn is_finer_than_nanoseconds(text: &str) -> bool {
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit);
    digits.skip(9).any(|digit| digit != b'0')
}

/// How many there are in a second.
fn units(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => 1_000_000_000,
        TimeUnit::Microseconds => 1_000_000,
        TimeUnit::Milliseconds => 1_000,
    }
}

/// Exactly `2013-01-31T17:30:00`, perhaps with a space for the `T`.
fn quick_time(text: &str, unit: TimeUnit) -> Option<i64> {
    let text: &[u8; 19] = text.as_bytes().try_into().ok()?;
    let number = |from: usize, to: usize| {
        text[from..to].iter().try_fold(0_u32, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + u32::from(byte - b'0'))
        })
    };
    if !matches!(
        text,
        [
            _,
            _,
            _,
            _,
            b'-',
            _,
            _,
            b'-',
            _,
            _,
            b'T' | b' ',
            _,
            _,
            b':',
            _,
            _,
            b':',
            _,
            _
        ]
    ) {
        return None;
    }
    let year = i32::try_from(number(0, 4)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)?;
    let time = day.and_hms_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?)?;
    time.and_utc().timestamp().checked_mul(units(unit))
}

fn format(pattern: &'static str) -> StrptimeOptions {
    StrptimeOptions {
        format: Some(pattern.into()),
        strict: true,
        exact: true,
        cache: true,
    }
}

/// What is to be done for a text to be read as this type, where it is not obvious.
pub(super) fn advice(dtype: &DataType, text: &str) -> Option<String> {
    let form = match dtype {
        DataType::Boolean => "true or false",
        DataType::Date => "2013-01-31",
        DataType::Time => "17:30:00",
        DataType::Datetime(_, zone) => {
            let other =
                |unit: &TimeUnit| time(text, &DataType::Datetime(*unit, zone.clone())).is_some();
            // Too fine for its unit, or too far away for nanoseconds.
            let units = [TimeUnit::Microseconds, TimeUnit::Nanoseconds];
            if let Some(unit) = units.into_iter().find(other) {
                return Some(format!(
                    "declare it with `#[column(unit = \"{}\")]`",
                    unit.to_ascii()
                ));
            }
            match zone {
                None => "2013-01-31T17:30:00",
                Some(_) => "2013-01-31T17:30:00Z",
            }
        }
        _ => return None,
    };
    Some(format!("write it as {form}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str, unit: TimeUnit) -> Option<i64> {
        time(text, &DataType::Datetime(unit, None))
    }

    /// What is read quickly must be what chrono reads, and what is not known must be left to it.
    #[test]
    fn the_quick_way_reads_what_chrono_reads() {
        let good = [
            "2013-01-31T17:30:00",
            "2013-01-31 17:30:09",
            "1969-12-31T23:59:59",
            "0000-01-01T00:00:00",
            "9999-12-31T23:59:59",
            "2024-02-29T00:00:00",
        ];
        let left = [
            "2013-02-29T00:00:00",
            "2013-13-01T00:00:00",
            "2013-00-10T00:00:00",
            "2013-01-31T24:00:00",
            "2013-01-31T17:60:00",
            "2013-01-31T17:30:60",
            "2013-01-31T17:30: 5",
            "+013-01-31T17:30:00",
            "2013/01/31T17:30:00",
            "2013-01-31t17:30:00",
            "2013-01-31T17:30:0",
            "2013-01-31T17:30:00Z",
            "2013-01-31T17:30:00.5",
            "２013-01-31T17:30:",
            "",
        ];
        for unit in [TimeUnit::Milliseconds, TimeUnit::Microseconds] {
            for text in good {
                // With a fraction, it is not read quickly.
                let slow = local(&format!("{text}.0"), unit);
                assert!(slow.is_some(), "{text}");
                assert_eq!(quick_time(text, unit), slow, "{text}");
            }
            assert_eq!(left.map(|text| quick_time(text, unit)), [None; 15]);
        }
    }

    #[test]
    fn times_that_a_unit_cannot_count_are_none() {
        use TimeUnit::{Microseconds, Milliseconds, Nanoseconds};

        let utc = |text: &str, unit| time(text, &DataType::Datetime(unit, Some(TimeZone::UTC)));
        let last = "2262-04-11T23:47:16.854775807";
        let first = "1677-09-21T00:12:43.145224192";
        assert_eq!(local(last, Nanoseconds), Some(i64::MAX));
        assert_eq!(local(first, Nanoseconds), Some(i64::MIN));
        for text in [
            "2262-04-11T23:47:16.854775808",
            "1677-09-21T00:12:43.145224191",
            "9999-12-31T00:00:00",
            "9999-12-31T00:00:00.5",
            "2013-01-31T23:59:60",
            "2013-01-31T17:30:00.1234567891",
        ] {
            assert_eq!(local(text, Nanoseconds), None, "{text}");
            assert_eq!(utc(&format!("{text}Z"), Nanoseconds), None, "{text}");
        }
        let second = 1_359_653_400;
        for (text, unit, number) in [
            (
                "2013-01-31T17:30:00.250",
                Milliseconds,
                Some(second * 1_000 + 250),
            ),
            (
                "2013-01-31 17:30:02.5000000000",
                Milliseconds,
                Some(second * 1_000 + 2_500),
            ),
            ("2013-01-31T17:30:00.2505", Milliseconds, None),
            (
                "2013-01-31T17:30:00.000001",
                Microseconds,
                Some(second * 1_000_000 + 1),
            ),
            ("2013-01-31T17:30:00.0000001", Microseconds, None),
        ] {
            assert_eq!(local(text, unit), number, "{text}");
            assert_eq!(utc(&format!("{text}Z"), unit), number, "{text}");
        }
        assert_eq!(
            time("23:59:59.999999999", &DataType::Time),
            Some(86_399_999_999_999)
        );
        for text in ["23:59:60", "23:59:60.5", "24:00:00", "17:30:00.0000000001"] {
            assert_eq!(time(text, &DataType::Time), None, "{text}");
        }
    }

    /// As a pattern, the name would be that of no column.
    #[test]
    fn a_bad_value_is_named_with_its_column() -> PolarsResult<()> {
        let text = Column::new(
            "^$".into(),
            [Some("2013-01-31T17:30:00"), None, Some("soon")],
        );
        let frame = DataFrame::new(3, vec![text])?.lazy();
        let dtype = DataType::Datetime(TimeUnit::Milliseconds, None);
        let read = |frame: LazyFrame| {
            crate::engine::collect(
                frame.select([times(crate::engine::column("^$"), dtype.clone())]),
            )
        };
        let error = read(frame.clone()).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            error.contains("failed in column '^$' for \"soon\""),
            "{error}"
        );
        let good = read(frame.limit(2))?;
        let good = good.column("^$")?.datetime()?.clone();
        let numbers: Vec<_> = good.physical().iter().collect();
        assert_eq!(numbers, [Some(1_359_653_400_000), None]);
        Ok(())
    }
}
