//! Columns that Polars cannot read, or not strictly, from text: read as another type and converted.
//!
//! Dates and times are always read as text and converted with one explicit format. Polars' CSV
//! reader guesses the format from the first value of each chunk: which values it accepts would
//! depend on where the chunks begin.

use chrono::NaiveDate;
use polars::prelude::*;

use super::conform::Target;
use super::{Fault, SourceProblem};
use crate::engine::{self, Engine};

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
            DataType::Time => read.str().to_time(format("%H:%M:%S%.f")),
            DataType::Datetime(unit, None) => local_time(read, *unit),
            DataType::Datetime(unit, zone) => {
                any_time(read, "%Y-%m-%dT%H:%M:%S%.f%#z", *unit, zone.clone())
            }
            dtype if self.reads(dtype) != *dtype => read.strict_cast(dtype.clone()),
            _ => read,
        }
    }
}

fn any_time(text: Expr, pattern: &'static str, unit: TimeUnit, zone: Option<TimeZone>) -> Expr {
    // Some tools write a space instead of the `T`.
    let text = text.str().replace(lit(" "), lit("T"), true);
    text.str()
        .to_datetime(Some(unit), zone, format(pattern), lit("raise"))
}

/// A time without a zone. Polars is slow where a format has a fraction: a third of what it took to read a
/// CSV file was spent there. So times to the second, which is what most are, are read here, and only
/// what this does not know goes to Polars, which has the last word on it.
fn local_time(text: Expr, unit: TimeUnit) -> Expr {
    text.map(
        move |text| Ok(local_times(text.str()?, unit)?.into_column()),
        move |_, field| {
            let dtype = DataType::Datetime(unit, None);
            Ok(Field::new(field.name().clone(), dtype))
        },
    )
}

fn local_times(text: &StringChunked, unit: TimeUnit) -> PolarsResult<DatetimeChunked> {
    let quick = text
        .iter()
        .map(|text| text.and_then(|text| quick_time(text, unit)));
    let quick = Int64Chunked::from_iter_options(text.name().clone(), quick);
    if quick.null_count() == text.null_count() {
        return Ok(quick.into_datetime(unit, None));
    }
    let open = quick.is_null() & text.is_not_null();
    let rest = text.filter(&open)?.into_series().into_frame().lazy();
    let rest = rest.select([any_time(
        engine::column(text.name().clone()),
        "%Y-%m-%dT%H:%M:%S%.f",
        unit,
        None,
    )]);
    let rest = engine::collect_on(Engine::InMemory, rest)?;
    let mut rest = rest.columns()[0].datetime()?.physical().iter();
    let all = quick
        .iter()
        .zip(open.iter())
        .map(|(quick, open)| match open {
            Some(true) => rest.next().flatten(),
            _ => quick,
        });
    let all = Int64Chunked::from_iter_options(text.name().clone(), all);
    Ok(all.into_datetime(unit, None))
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
    let units = match unit {
        TimeUnit::Nanoseconds => 1_000_000_000,
        TimeUnit::Microseconds => 1_000_000,
        TimeUnit::Milliseconds => 1_000,
    };
    time.and_utc().timestamp().checked_mul(units)
}

fn format(pattern: &'static str) -> StrptimeOptions {
    StrptimeOptions {
        format: Some(pattern.into()),
        strict: true,
        exact: true,
        cache: true,
    }
}

/// The form of text that is read as this type, where it is not obvious.
pub(super) fn form(dtype: &DataType) -> Option<&'static str> {
    match dtype {
        DataType::Boolean => Some("true or false"),
        DataType::Date => Some("2013-01-31"),
        DataType::Time => Some("17:30:00"),
        DataType::Datetime(_, None) => Some("2013-01-31T17:30:00"),
        DataType::Datetime(_, Some(_)) => Some("2013-01-31T17:30:00Z"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows that are read in the two ways stand beside each other.
    #[test]
    fn times_of_all_forms_are_read_in_their_rows() -> PolarsResult<()> {
        let texts = [
            Some("2013-01-31T17:30:00.250"),
            None,
            Some("2013-01-31T17:30:01"),
            Some("2013-01-31 17:30:02.5"),
            Some("2013-01-31 17:30:03"),
        ];
        let second = 1_359_653_400_000_i64;
        let times = [Some(250), None, Some(1_000), Some(2_500), Some(3_000)];
        let times = times.map(|time| Some(second + time?));
        // As a pattern, the name would be that of no column.
        let text = StringChunked::from_iter_options("^$".into(), texts.iter().copied());
        let read = local_times(&text, TimeUnit::Milliseconds)?;
        assert_eq!(read.name(), "^$");
        assert_eq!(read.physical().iter().collect::<Vec<_>>(), times);
        let wrong = ["2013-01-31T17:30:00", "2013-01-31T24:00:00"];
        let wrong = StringChunked::from_iter_values("t".into(), wrong.into_iter());
        let error = local_times(&wrong, TimeUnit::Milliseconds).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("2013-01-31T24:00:00"), "{error}");
        Ok(())
    }

    /// What is read quickly must be what Polars reads, and what is not known must be left to it.
    #[test]
    fn the_quick_way_reads_what_polars_reads() -> PolarsResult<()> {
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
            let frame = df!("t" => good)?.lazy();
            let slow = any_time(col("t"), "%Y-%m-%dT%H:%M:%S%.f", unit, None);
            let read = crate::engine::collect(frame.select([slow.to_physical()]))?;
            let read: Vec<_> = read.column("t")?.i64()?.iter().collect();
            let quick = good.map(|text| quick_time(text, unit));
            assert_eq!(quick.to_vec(), read);
            assert_eq!(left.map(|text| quick_time(text, unit)), [None; 15]);
        }
        assert_eq!(
            quick_time("9999-12-31T23:59:59", TimeUnit::Nanoseconds),
            None
        );
        Ok(())
    }
}
