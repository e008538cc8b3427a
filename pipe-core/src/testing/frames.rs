//! How two frames differ.

use std::fmt::Write;

use polars::prelude::*;

/// By which part of themselves floats may differ: sums over groups are added up in another order each time.
const TOLERANCE: f64 = 1e-9;

/// The same for those of 32 bits.
const TOLERANCE_32: f64 = 1e-5;

/// Panics unless two frames have the same columns and rows, in the same order. Null equals null and NaN
/// equals NaN; floats may differ in their last digits.
///
/// ```
/// use pipe_core::prelude::*;
/// use pipe_core::testing::assert_frames_equal;
///
/// let doubled = df!("n" => [1, 2])?.lazy().with_column(col("n") * lit(2));
/// assert_frames_equal(doubled, df!("n" => [2, 4])?);
/// # Ok::<(), PolarsError>(())
/// ```
///
/// # Panics
///
/// When they differ, or one of them cannot be computed.
#[track_caller]
pub fn assert_frames_equal(found: impl IntoLazy, expected: impl IntoLazy) {
    if let Some(difference) = difference(&computed(found), &computed(expected)) {
        panic!("the frames differ: {difference}");
    }
}

/// Panics unless two frames have the same columns and the same rows, in whatever order the rows stand.
///
/// # Panics
///
/// When they differ, or one of them cannot be computed.
#[track_caller]
pub fn assert_same_rows(found: impl IntoLazy, expected: impl IntoLazy) {
    let (found, expected) = (computed(found), computed(expected));
    if let Some(difference) = difference_of_rows(&found, &expected) {
        panic!("the frames differ, in whatever order their rows stand: {difference}");
    }
}

#[track_caller]
fn computed(frame: impl IntoLazy) -> DataFrame {
    match crate::engine::collect(frame.lazy()) {
        Ok(frame) => frame,
        Err(error) => panic!("the frame cannot be computed: {error}"),
    }
}

/// How two frames differ whose rows may stand in another order.
pub(super) fn difference_of_rows(found: &DataFrame, expected: &DataFrame) -> Option<String> {
    let as_they_are = difference(found, expected)?;
    match (sorted(found), sorted(expected)) {
        (Ok(found), Ok(expected)) => difference(&found, &expected),
        // Of types that have no order.
        _ => Some(as_they_are),
    }
}

fn sorted(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let names = frame.get_column_names_owned();
    frame.sort(names, SortMultipleOptions::default())
}

/// How two frames differ.
pub(super) fn difference(found: &DataFrame, expected: &DataFrame) -> Option<String> {
    if found.schema() != expected.schema() {
        let (found, expected) = (columns(found), columns(expected));
        return Some(format!(
            "the columns are {found}, but expected are {expected}"
        ));
    }
    if found.height() != expected.height() {
        let (found, expected) = (found.height(), expected.height());
        return Some(format!(
            "there are {found} rows, but expected are {expected}"
        ));
    }
    let first = |(found, expected): (&Column, &Column)| {
        // Most are equal, and compared as a whole.
        if found.equals_missing(expected) {
            return None;
        }
        (0..found.len()).find(|&row| !same(&value(found, row), &value(expected, row)))
    };
    let columns = found.columns().iter().zip(expected.columns());
    let row = columns.filter_map(first).min()?;
    Some(format!(
        "row {row} is {}, but expected is {}",
        text(found, row),
        text(expected, row)
    ))
}

fn value(column: &Column, row: usize) -> AnyValue<'_> {
    column.get(row).unwrap_or(AnyValue::Null)
}

fn same(found: &AnyValue, expected: &AnyValue) -> bool {
    match (found, expected) {
        (AnyValue::Null, AnyValue::Null) => true,
        (AnyValue::Float64(found), AnyValue::Float64(expected)) => {
            close(*found, *expected, TOLERANCE)
        }
        (AnyValue::Float32(found), AnyValue::Float32(expected)) => {
            close(f64::from(*found), f64::from(*expected), TOLERANCE_32)
        }
        _ => found == expected,
    }
}

#[expect(clippy::float_cmp, reason = "infinities, too")]
fn close(found: f64, expected: f64, tolerance: f64) -> bool {
    let largest = found.abs().max(expected.abs());
    found == expected
        || (found.is_nan() && expected.is_nan())
        || (found - expected).abs() <= tolerance * largest && largest.is_finite()
}

fn columns(frame: &DataFrame) -> String {
    let column = |(name, dtype): (&PlSmallStr, &DataType)| {
        format!("`{name}: {}`", crate::schema::describe_dtype(dtype))
    };
    let columns: Vec<_> = frame.schema().iter().map(column).collect();
    columns.join(", ")
}

fn text(frame: &DataFrame, row: usize) -> String {
    let mut text = String::new();
    for column in frame.columns() {
        let (name, value) = (column.name(), value(column, row));
        let separator = if text.is_empty() { "" } else { ", " };
        // Writing into a text does not fail.
        let _ = write!(text, "{separator}{name}: {value}");
    }
    format!("({text})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_told() -> PolarsResult<()> {
        let frame = df!("a" => [1, 2], "x" => [Some(0.1 + 0.2), None])?;
        assert_eq!(
            difference(&frame, &df!("a" => [1, 2], "x" => [Some(0.3), None])?),
            None
        );
        let told = |other: &DataFrame| difference(&frame, other).unwrap_or_default();
        assert_eq!(
            told(&df!("a" => [1, 3], "x" => [Some(0.3), None])?),
            "row 1 is (a: 2, x: null), but expected is (a: 3, x: null)"
        );
        assert_eq!(
            told(&df!("a" => [1, 2], "x" => [Some(0.3), Some(f64::NAN)])?),
            "row 1 is (a: 2, x: null), but expected is (a: 2, x: NaN)"
        );
        assert_eq!(
            told(&frame.head(Some(1))),
            "there are 2 rows, but expected are 1"
        );
        assert_eq!(
            told(&df!("a" => [1, 2])?),
            "the columns are `a: i32`, `x: f64`, but expected are `a: i32`"
        );
        Ok(())
    }

    /// Once each column was compared as a whole for each of its rows: this would not come to its end.
    #[test]
    fn large_frames_are_compared_in_one_go() -> PolarsResult<()> {
        let numbers: Vec<i64> = (0..1_000_000).collect();
        let frame = df!("a" => &numbers, "b" => &numbers)?;
        assert_eq!(difference(&frame, &frame.clone()), None);
        let mut others = numbers.clone();
        others[999_999] = 0;
        let told = difference(&frame, &df!("a" => &numbers, "b" => &others)?);
        let expected = "row 999999 is (a: 999999, b: 999999), but expected is (a: 999999, b: 0)";
        assert_eq!(told.as_deref(), Some(expected));
        Ok(())
    }

    #[test]
    fn rows_may_stand_in_another_order() -> PolarsResult<()> {
        let (frame, turned) = (df!("a" => [1, 2])?, df!("a" => [2, 1])?);
        assert!(difference(&frame, &turned).is_some());
        assert_eq!(difference_of_rows(&frame, &turned), None);
        assert!(difference_of_rows(&frame, &df!("a" => [2, 2])?).is_some());
        Ok(())
    }
}
