//! Rows of ten columns to a frame and back, on one core, beside df-derive and Polars' own rows of values.
//!
//! Usage: `rows [ROWS]`, 1,000,000 unless told otherwise. Prints the best of seven rounds of each.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use df_derive_macros::ToDataFrame;
use pipe_core::polars::frame::row::Row;
use pipe_core::prelude::*;

type Failure = Box<dyn std::error::Error>;

const ROUNDS: usize = 7;

/// What the code of df-derive implements.
#[allow(dead_code, reason = "one method of all is measured")]
mod dataframe {
    use pipe_core::prelude::{DataFrame, DataType, PolarsResult};

    pub(crate) trait ToDataFrame {
        fn to_dataframe(&self) -> PolarsResult<DataFrame>;
        fn empty_dataframe() -> PolarsResult<DataFrame>;
        fn schema() -> PolarsResult<Vec<(String, DataType)>>;
    }

    pub(crate) trait Columnar: Sized {
        fn columnar_to_dataframe(items: &[Self]) -> PolarsResult<DataFrame>;
        fn columnar_from_refs(items: &[&Self]) -> PolarsResult<DataFrame>;
    }
}

#[derive(Schema, ToDataFrame, Clone, Debug, PartialEq)]
#[df_derive(trait = "crate::dataframe::ToDataFrame")]
struct Flight {
    id: i64,
    number: i32,
    seats: u16,
    distance: f64,
    weight: f32,
    cancelled: bool,
    carrier: String,
    route: String,
    delay: Option<i64>,
    day: NaiveDate,
}

fn flights(count: usize) -> Vec<Flight> {
    let flight = |i: usize| {
        let n = u32::try_from(i % 1_000_000).unwrap_or(0);
        Flight {
            id: i64::try_from(i).unwrap_or(0),
            number: i32::try_from(n).unwrap_or(0),
            seats: u16::try_from(n % 400).unwrap_or(0),
            distance: f64::from(n) * 1.5,
            weight: 0.5,
            cancelled: n % 50 == 0,
            carrier: ["UA", "AA", "B6"][i % 3].to_owned(),
            route: format!("from gate {} to gate {}", n % 97, n % 89),
            delay: (n % 7 > 0).then_some(i64::from(n % 300) - 20),
            day: NaiveDate::from_epoch_days(15_000 + i32::try_from(n % 365).unwrap_or(0))
                .unwrap_or_default(),
        }
    };
    (0..count).map(flight).collect()
}

/// Rows as Polars has them: a value of any type for each cell.
fn values(flights: &[Flight]) -> Vec<Row<'_>> {
    let row = |flight: &'_ Flight| {
        Row::new(vec![
            AnyValue::Int64(flight.id),
            AnyValue::Int32(flight.number),
            AnyValue::UInt16(flight.seats),
            AnyValue::Float64(flight.distance),
            AnyValue::Float32(flight.weight),
            AnyValue::Boolean(flight.cancelled),
            AnyValue::StringOwned(flight.carrier.as_str().into()),
            AnyValue::StringOwned(flight.route.as_str().into()),
            flight.delay.map_or(AnyValue::Null, AnyValue::Int64),
            AnyValue::Date(flight.day.to_epoch_days()),
        ])
    };
    flights.iter().map(row).collect()
}

/// Back from a value of any type for each cell.
fn from_values(frame: &DataFrame) -> PolarsResult<Vec<Flight>> {
    let mut row = frame.get_row(0)?;
    let mut flights = Vec::with_capacity(frame.height());
    for i in 0..frame.height() {
        frame.get_row_amortized(i, &mut row)?;
        let [
            AnyValue::Int64(id),
            AnyValue::Int32(number),
            AnyValue::UInt16(seats),
            AnyValue::Float64(distance),
            AnyValue::Float32(weight),
            AnyValue::Boolean(cancelled),
            AnyValue::String(carrier),
            AnyValue::String(route),
            delay,
            AnyValue::Date(day),
        ] = &row.0[..]
        else {
            polars_bail!(ComputeError: "other columns");
        };
        flights.push(Flight {
            id: *id,
            number: *number,
            seats: *seats,
            distance: *distance,
            weight: *weight,
            cancelled: *cancelled,
            carrier: (*carrier).to_owned(),
            route: (*route).to_owned(),
            delay: delay.extract(),
            day: NaiveDate::from_epoch_days(*day).unwrap_or_default(),
        });
    }
    Ok(flights)
}

fn best<T>(
    rows: usize,
    what: &str,
    mut run: impl FnMut() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut shortest = Duration::MAX;
    let mut result = None;
    for _ in 0..ROUNDS {
        drop(result.take());
        let start = Instant::now();
        let made = black_box(run()?);
        shortest = shortest.min(start.elapsed());
        result = Some(made);
    }
    let seconds = shortest.as_secs_f64();
    println!(
        "{what:<34} {:>8.1} ms  {:>6.1} million rows/s",
        seconds * 1e3,
        rows as f64 / seconds / 1e6
    );
    result.ok_or_else(|| "no round".into())
}

fn run(rows: usize) -> Result<(), Failure> {
    let flights = flights(rows);
    let frame = best(rows, "to a frame, pipe", || Ok(Frame::from_rows(&flights)?))?;
    let frame = frame.collect()?;
    let theirs = best(rows, "to a frame, df-derive", || {
        Ok(<Flight as dataframe::Columnar>::columnar_to_dataframe(
            &flights,
        )?)
    })?;
    check(
        theirs.equals_missing(&frame),
        "df-derive makes another frame",
    )?;
    let schema = frame.schema().as_ref().clone();
    let theirs = best(rows, "to a frame, Polars' rows of values", || {
        Ok(DataFrame::from_rows_and_schema(&values(&flights), &schema)?)
    })?;
    check(theirs.equals_missing(&frame), "Polars makes another frame")?;
    let back = best(rows, "to rows, pipe", || {
        Ok(Frame::<Flight>::from(frame.clone()).collect_rows()?)
    })?;
    check(back == flights, "the rows are others")?;
    best(rows, "to rows, Polars' values", || Ok(from_values(&frame)?))?;
    Ok(())
}

fn check(holds: bool, otherwise: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

fn main() -> ExitCode {
    let rows = std::env::args().nth(1);
    match run(rows.and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
