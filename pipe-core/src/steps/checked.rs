//! Steps for `pipeline!`.

use polars::prelude::{DataType, LazyFrame, lit};

use crate::step::ColumnName;

/// Drops every row with a null in any column.
///
/// ```
/// use pipe_core::prelude::*;
/// use pipe_core::steps::{add_column, drop_nulls, filter_above};
///
/// #[derive(Schema)]
/// struct Trip { distance: Option<i64> }
///
/// #[derive(Schema)]
/// struct LongTrip { distance: i64, km: f64 }
///
/// pipeline! {
///     fn long_trips(trips: Frame<Trip>, least: f64 = 1000.0) -> Frame<LongTrip> {
///         let known = drop_nulls(trips);
///         let metric = add_column(known, "distance", "km", 1.609);
///         let long = filter_above(metric, "km", least);
///         long
///     }
/// }
/// ```
#[pipe_macros::step(non_null(*))]
pub fn drop_nulls(frame: LazyFrame) -> LazyFrame {
    frame.drop_nulls(None)
}

/// Adds column `output`: column `source` times a number, as `f64`.
#[pipe_macros::step(reads(source: numeric), adds(output: f64))]
pub fn add_column(
    frame: LazyFrame,
    source: ColumnName,
    output: ColumnName,
    multiplier: f64,
) -> LazyFrame {
    let product = source.col().cast(DataType::Float64) * lit(multiplier);
    frame.with_column(product.alias(output.as_str()))
}

/// Keeps the rows whose value in a column is above a threshold.
#[pipe_macros::step(reads(column: numeric))]
pub fn filter_above(frame: LazyFrame, column: ColumnName, threshold: f64) -> LazyFrame {
    frame.filter(column.col().gt(lit(threshold)))
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;

    #[test]
    fn they_do_what_they_promise() -> PolarsResult<()> {
        let frame = df!("n" => [Some(1i64), None, Some(3)], "f" => [1.0f32, 2.0, 3.0])?.lazy();
        let frame = add_column(drop_nulls(frame), "n".into(), "double".into(), 2.0);
        let frame = add_column(frame, "f".into(), "half".into(), 0.5);
        let frame = filter_above(frame, "n".into(), 1.5).collect()?;
        let wanted = df!("n" => [3i64], "f" => [3.0f32], "double" => [6.0], "half" => [1.5])?;
        assert!(frame.equals(&wanted), "{frame}");
        Ok(())
    }
}
