//! Which functions and constants are part of a step's code, wherever its body names them.

use pipe_core::Code;
use pipe_core::prelude::*;

mod units {
    pub(crate) mod time {
        use pipe_core::prelude::*;

        pub(crate) const PER_HOUR: i64 = 60;

        #[tracked]
        fn per_hour() -> Expr {
            lit(PER_HOUR)
        }

        #[tracked]
        pub(crate) fn hours(minutes: Expr) -> Expr {
            minutes / per_hour()
        }

        #[tracked]
        pub(crate) fn days(minutes: Expr) -> Expr {
            hours(minutes) / lit(24)
        }

        pub(crate) const PER_WEEK: i64 = 168;

        #[tracked]
        pub(crate) fn weeks(minutes: Expr) -> Expr {
            hours(minutes) / lit(PER_WEEK)
        }
    }
}

use units::time::{self as clock, hours as in_hours};

const LIMIT: i64 = 3;
const WIDTH: &str = "wide";
const ZERO: i64 = 0;
const NAME: &str = "a";
const DIGITS: usize = 2;
const _LEAST: i64 = 1;

#[tracked]
fn generic<T: Into<f64>, const N: i64>(minutes: Expr, by: T) -> Expr {
    minutes * lit(by.into()) * lit(N)
}

#[tracked]
fn small(n: i64) -> bool {
    n < LIMIT
}

/// Shadows Polars' own.
#[tracked]
fn first(minutes: Expr) -> Expr {
    minutes
}

#[tracked]
fn even(n: u32) -> bool {
    n == 0 || odd(n - 1)
}

#[tracked]
fn odd(n: u32) -> bool {
    n != 0 && even(n - 1)
}

#[step(reads(a: i64))]
fn paths(rows: LazyFrame) -> LazyFrame {
    use self::units::time;
    let renamed = in_hours(col("a"));
    let module = clock::days(col("a"));
    rows.filter(renamed.gt(module))
        .filter(time::hours(col("a")).gt(lit(0)))
}

#[step(reads(a: i64))]
fn places(rows: LazyFrame, n: i64) -> LazyFrame {
    let closure = |minutes: Expr| generic::<f32, 2>(minutes, 1.0);
    let value = Some(col("a")).filter(|_| n > 0).map(in_hours).map(closure);
    let first = first(value.unwrap_or(lit(0)));
    let sum = match n {
        ZERO => lit(0),
        _ => sum(NAME),
    };
    let text = format!("{WIDTH:>10}");
    let is_small = matches!(Some(n), Some(n) if small(n));
    rows.filter(lit(is_small))
        .filter(first.gt(sum))
        .filter(lit(text).is_null())
}

#[step(reads(a: i64))]
fn recursive(rows: LazyFrame, n: u32) -> LazyFrame {
    rows.filter(lit(even(n))).filter(col("a").gt(lit(0)))
}

#[step(reads(a: i64))]
fn of_the_library(rows: LazyFrame) -> LazyFrame {
    rows.filter(pipe_tests::library::doubled(col("a")).gt(lit(0)))
}

/// What stands in the body alone, and what only looks like it.
#[step(reads(a: i64))]
fn in_the_body(rows: LazyFrame, rate: i64) -> LazyFrame {
    use self::units::time::*;
    enum Kind {
        Least,
    }
    use Kind::*;
    let text = format!("{r:0DIGITS$}{LIMIT}", r = rate, LIMIT = 1);
    let least = match Least {
        Least => _LEAST,
    };
    rows.filter(lit(text).is_not_null())
        .filter(weeks(col("a")).lt(lit(PER_WEEK + least)))
}

#[derive(Schema)]
struct Row {
    a: i64,
}

/// The argument has the name of an option.
#[step(rows, on_error = skip)]
fn of_rows(row: Row, on_error: String) -> Result<Row, String> {
    if row.a < 0 { Err(on_error) } else { Ok(row) }
}

struct ByHand;

#[step(untracked(small))]
impl Step for ByHand {
    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        Ok(inputs
            .only()?
            .filter(in_hours(col("a")))
            .filter(lit(small(LIMIT)))
            .into())
    }
}

/// The names of the helpers, and the constants with their values.
fn used(code: &Code) -> (Vec<&str>, Vec<String>) {
    let constants = code.constants.iter();
    let constants = constants.map(|(name, value)| format!("{name} = {value}"));
    (
        code.helpers.keys().map(String::as_str).collect(),
        constants.collect(),
    )
}

#[test]
fn helpers_count_by_whatever_path_they_are_called() {
    let code = PathsStep {}.code();
    assert_eq!(
        used(&code),
        (
            vec!["days", "hours", "per_hour"],
            vec!["PER_HOUR = 60".to_owned()]
        )
    );
}

#[test]
fn helpers_and_constants_count_in_every_place() {
    let code = PlacesStep { n: 1 }.code();
    let (helpers, constants) = used(&code);
    assert_eq!(helpers, ["first", "generic", "hours", "per_hour", "small"]);
    assert_eq!(
        constants,
        [
            "LIMIT = 3",
            "NAME = \"a\"",
            "PER_HOUR = 60",
            "WIDTH = \"wide\"",
            "ZERO = 0"
        ]
    );
}

#[test]
fn names_in_a_body_mean_what_they_mean_there() {
    let code = InTheBodyStep { rate: 1 }.code();
    let (helpers, constants) = used(&code);
    assert_eq!(helpers, ["hours", "per_hour", "weeks"]);
    assert_eq!(
        constants,
        [
            "DIGITS = 2",
            "PER_HOUR = 60",
            "PER_WEEK = 168",
            "_LEAST = 1"
        ]
    );
}

#[test]
fn an_argument_counts_whatever_its_name_is() -> Result<(), StepError> {
    let parameters = |on_error: &str| {
        let mut parameters = Parameters::default();
        let on_error = on_error.to_owned();
        OfRowsStep { on_error }.parameters(&mut parameters)?;
        Ok::<_, StepError>(parameters)
    };
    assert_ne!(parameters("a")?, parameters("b")?);
    Ok(())
}

#[test]
fn helpers_in_the_library_of_the_package_count() {
    assert_eq!(used(&OfTheLibraryStep {}.code()).0, ["doubled"]);
}

#[test]
fn helpers_may_call_each_other() {
    let code = RecursiveStep { n: 1 }.code();
    assert_eq!(used(&code).0, ["even", "odd"]);
}

#[test]
fn steps_by_hand_have_helpers_too() {
    let code = ByHand.code();
    assert_eq!(
        used(&code),
        (
            vec!["hours", "per_hour"],
            vec!["LIMIT = 3".to_owned(), "PER_HOUR = 60".to_owned()]
        )
    );
    assert_eq!(ByHand.name(), "ByHand");
}

#[test]
fn the_steps_run() -> Result<(), StepError> {
    let rows = df!("a" => [60_i64, 120])?.lazy();
    assert_eq!(recursive(rows.clone(), 3).collect()?.height(), 0);
    assert_eq!(recursive(rows.clone(), 2).collect()?.height(), 2);
    paths(rows.clone()).collect()?;
    places(rows.clone(), 1).collect()?;
    in_the_body(rows, 1).collect()?;
    assert!(of_rows(Row { a: -1 }, "below zero".to_owned()).is_err());
    Ok(())
}
