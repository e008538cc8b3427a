//! Columns that Polars cannot read, or not strictly, from text: read as another type and converted.
//!
//! Dates and times are always read as text and converted with one explicit format. Polars' CSV
//! reader guesses the format from the first value of each chunk: which values it accepts would
//! depend on where the chunks begin.

use polars::prelude::*;

use super::conform::Target;
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
            DataType::Datetime(unit, zone) => {
                let pattern = match zone {
                    None => "%Y-%m-%dT%H:%M:%S%.f",
                    Some(_) => "%Y-%m-%dT%H:%M:%S%.f%#z",
                };
                // Some tools write a space instead of the `T`.
                let text = read.str().replace(lit(" "), lit("T"), true);
                text.str()
                    .to_datetime(Some(*unit), zone.clone(), format(pattern), lit("raise"))
            }
            dtype if self.reads(dtype) != *dtype => read.strict_cast(dtype.clone()),
            _ => read,
        }
    }
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
