//! Dates, times and durations: numbers in columns.

use std::fmt::Display;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};
use polars::prelude::*;

use super::list::{ListReader, ListWriter};
use super::number::{NumberReader, NumberWriter};
use super::{CellError, Read, Write};
use crate::contract::{ColumnType, TimeUnit as Unit};
use crate::schema::ColumnValue;

/// A type whose values are numbers in their column.
pub trait Timed: ColumnValue + Display {
    type Number: PolarsNumericType;

    /// The number in a column of this unit, if it has one.
    fn number(&self, unit: Unit) -> Option<<Self::Number as PolarsNumericType>::Native>;

    /// What there is of it beside whole seconds, if its column may be in a coarser unit than it is.
    fn nanos(&self) -> i64 {
        0
    }

    /// The value that a number stands for, if the type has it.
    fn value(number: <Self::Number as PolarsNumericType>::Native, unit: Unit) -> Option<Self>;

    /// The column of these numbers.
    fn column(numbers: ChunkedArray<Self::Number>, ty: &DataType) -> PolarsResult<Series>;

    /// The numbers of this column, and their unit.
    fn numbers(column: &Series) -> PolarsResult<(&ChunkedArray<Self::Number>, Unit)>;
}

pub struct TimeWriter<T: Timed> {
    numbers: NumberWriter<T::Number>,
    ty: ColumnType,
    unit: Unit,
    misfit: Option<String>,
}

impl<T: Timed> TimeWriter<T> {
    #[cold]
    fn does_not_fit(&mut self, value: &T) {
        let text = match self.unit {
            unit if is_finer(value, unit) => format!(
                "{value} is finer than the column, which is in {}; help: `#[column(unit = \"ns\")]`, or round it",
                if unit == Unit::Milliseconds {
                    "milliseconds"
                } else {
                    "microseconds"
                },
            ),
            Unit::Nanoseconds => format!(
                "{value} does not fit: the column is in nanoseconds, which reach from 1677 to 2262, or 292 years; help: `#[column(unit = \"us\")]`"
            ),
            _ => format!("{value} does not fit into a column of type {}", self.ty),
        };
        self.misfit.get_or_insert(text);
    }
}

/// Whether a value has digits that a column of this unit has not.
#[inline]
fn is_finer<T: Timed>(value: &T, unit: Unit) -> bool {
    let step = match unit {
        Unit::Nanoseconds => return false,
        Unit::Microseconds => 1_000,
        Unit::Milliseconds => 1_000_000,
    };
    value.nanos() % step != 0
}

impl<T: Timed> Write<T> for TimeWriter<T> {
    fn new(ty: ColumnType, capacity: usize) -> Self {
        let unit = match ty {
            ColumnType::Datetime(unit, _) | ColumnType::Duration(unit) => unit,
            _ => Unit::Microseconds,
        };
        Self {
            numbers: NumberWriter::with_capacity(capacity),
            ty,
            unit,
            misfit: None,
        }
    }

    #[inline]
    fn push(&mut self, value: &T) {
        let number = value.number(self.unit);
        // Without the rest it would be another value.
        if number.is_none() || is_finer(value, self.unit) {
            self.does_not_fit(value);
        }
        self.numbers.append(number);
    }

    fn push_null(&mut self) {
        self.numbers.append(None);
    }

    fn finish(self) -> PolarsResult<Series> {
        match self.misfit {
            Some(misfit) => Err(PolarsError::ComputeError(misfit.into())),
            None => T::column(self.numbers.array(), &self.ty.dtype()),
        }
    }
}

pub struct TimeReader<T: Timed> {
    numbers: NumberReader<T::Number>,
    unit: Unit,
}

impl<T: Timed> Read<T> for TimeReader<T> {
    fn new(column: &Series) -> PolarsResult<Self> {
        let (numbers, unit) = T::numbers(column)?;
        Ok(Self {
            numbers: NumberReader::of(numbers),
            unit,
        })
    }

    fn is_null(&self, row: usize) -> bool {
        self.numbers.null(row)
    }

    #[inline]
    fn get(&self, row: usize) -> Result<T, CellError> {
        T::value(self.numbers.value(row)?, self.unit).ok_or_else(CellError::out_of_range)
    }
}

fn unit_of(dtype: &DataType) -> Unit {
    match dtype {
        DataType::Datetime(unit, _) | DataType::Duration(unit) => match unit {
            TimeUnit::Nanoseconds => Unit::Nanoseconds,
            TimeUnit::Microseconds => Unit::Microseconds,
            TimeUnit::Milliseconds => Unit::Milliseconds,
        },
        _ => Unit::Microseconds,
    }
}

macro_rules! timed {
    ($($rust:ty => $column:expr);* $(;)?) => {$(
        #[diagnostic::do_not_recommend]
        impl ColumnValue for $rust {
            const TYPE: ColumnType = $column;

            type Writer = TimeWriter<Self>;
            type Reader = TimeReader<Self>;
            type ListWriter = ListWriter<Self>;
            type ListReader = ListReader<Self>;
        }
    )*};
}

timed! {
    NaiveDate => ColumnType::Date;
    NaiveTime => ColumnType::Time;
    NaiveDateTime => ColumnType::Datetime(Unit::Microseconds, None);
    DateTime<Utc> => ColumnType::Datetime(Unit::Microseconds, Some("UTC"));
    TimeDelta => ColumnType::Duration(Unit::Microseconds);
}

impl Timed for NaiveDate {
    type Number = Int32Type;

    #[inline]
    fn number(&self, _: Unit) -> Option<i32> {
        Some(self.to_epoch_days())
    }

    #[inline]
    fn value(days: i32, _: Unit) -> Option<Self> {
        Self::from_epoch_days(days)
    }

    fn column(numbers: Int32Chunked, _: &DataType) -> PolarsResult<Series> {
        Ok(numbers.into_date().into_series())
    }

    fn numbers(column: &Series) -> PolarsResult<(&Int32Chunked, Unit)> {
        Ok((column.date()?.physical(), Unit::Microseconds))
    }
}

const NANOS: i64 = 1_000_000_000;

impl Timed for NaiveTime {
    type Number = Int64Type;

    /// A leap second after the last second of the day is on no clock of Polars.
    #[inline]
    fn number(&self, _: Unit) -> Option<i64> {
        let nanos =
            i64::from(self.num_seconds_from_midnight()) * NANOS + i64::from(self.nanosecond());
        (nanos < 86_400 * NANOS).then_some(nanos)
    }

    #[inline]
    fn value(nanos: i64, _: Unit) -> Option<Self> {
        let seconds = u32::try_from(nanos.div_euclid(NANOS)).ok()?;
        let rest = u32::try_from(nanos.rem_euclid(NANOS)).ok()?;
        Self::from_num_seconds_from_midnight_opt(seconds, rest)
    }

    fn column(numbers: Int64Chunked, _: &DataType) -> PolarsResult<Series> {
        Ok(numbers.into_time().into_series())
    }

    fn numbers(column: &Series) -> PolarsResult<(&Int64Chunked, Unit)> {
        Ok((column.time()?.physical(), Unit::Nanoseconds))
    }
}

impl Timed for DateTime<Utc> {
    type Number = Int64Type;

    #[inline]
    fn number(&self, unit: Unit) -> Option<i64> {
        match unit {
            Unit::Nanoseconds => self.timestamp_nanos_opt(),
            Unit::Microseconds => Some(self.timestamp_micros()),
            Unit::Milliseconds => Some(self.timestamp_millis()),
        }
    }

    #[inline]
    fn nanos(&self) -> i64 {
        i64::from(self.nanosecond())
    }

    #[inline]
    fn value(number: i64, unit: Unit) -> Option<Self> {
        match unit {
            Unit::Nanoseconds => Some(Self::from_timestamp_nanos(number)),
            Unit::Microseconds => Self::from_timestamp_micros(number),
            Unit::Milliseconds => Self::from_timestamp_millis(number),
        }
    }

    fn column(numbers: Int64Chunked, ty: &DataType) -> PolarsResult<Series> {
        numbers.into_series().cast(ty)
    }

    fn numbers(column: &Series) -> PolarsResult<(&Int64Chunked, Unit)> {
        Ok((column.datetime()?.physical(), unit_of(column.dtype())))
    }
}

impl Timed for NaiveDateTime {
    type Number = Int64Type;

    #[inline]
    fn number(&self, unit: Unit) -> Option<i64> {
        self.and_utc().number(unit)
    }

    #[inline]
    fn nanos(&self) -> i64 {
        i64::from(self.nanosecond())
    }

    #[inline]
    fn value(number: i64, unit: Unit) -> Option<Self> {
        DateTime::<Utc>::value(number, unit).map(|time| time.naive_utc())
    }

    fn column(numbers: Int64Chunked, ty: &DataType) -> PolarsResult<Series> {
        DateTime::<Utc>::column(numbers, ty)
    }

    fn numbers(column: &Series) -> PolarsResult<(&Int64Chunked, Unit)> {
        DateTime::<Utc>::numbers(column)
    }
}

impl Timed for TimeDelta {
    type Number = Int64Type;

    #[inline]
    fn number(&self, unit: Unit) -> Option<i64> {
        match unit {
            Unit::Nanoseconds => self.num_nanoseconds(),
            Unit::Microseconds => self.num_microseconds(),
            Unit::Milliseconds => Some(self.num_milliseconds()),
        }
    }

    #[inline]
    fn nanos(&self) -> i64 {
        i64::from(self.subsec_nanos())
    }

    #[inline]
    fn value(number: i64, unit: Unit) -> Option<Self> {
        match unit {
            Unit::Nanoseconds => Some(Self::nanoseconds(number)),
            Unit::Microseconds => Some(Self::microseconds(number)),
            Unit::Milliseconds => Self::try_milliseconds(number),
        }
    }

    fn column(numbers: Int64Chunked, ty: &DataType) -> PolarsResult<Series> {
        numbers.into_series().cast(ty)
    }

    fn numbers(column: &Series) -> PolarsResult<(&Int64Chunked, Unit)> {
        Ok((column.duration()?.physical(), unit_of(column.dtype())))
    }
}
