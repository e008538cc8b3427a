//! Types of columns, arguments and results, aliases of them included.

#![allow(clippy::unnecessary_wraps, reason = "results are what is tested")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use pipe_core::prelude::*;
use serde::{Deserialize, Serialize};

type Minutes = i64;
type Flights = Frame<Flight>;
type Fallible<T> = Result<T, std::io::Error>;

#[derive(Schema)]
struct Airport {
    name: String,
    runways: Vec<i32>,
}

#[derive(Schema)]
struct Flight {
    delay: Minutes,
    origin: Airport,
    stops: Vec<Airport>,
    raw: Vec<u8>,
    tags: Option<Vec<Option<String>>>,
    day: NaiveDate,
    time: NaiveTime,
    departure: NaiveDateTime,
    #[column(unit = "ms", zone = "Europe/Berlin")]
    arrival: DateTime<Utc>,
    #[column(unit = "ns")]
    taxi: TimeDelta,
    #[column(name = "Größe – m²")]
    size: f32,
}

#[derive(Clone, Serialize, Deserialize)]
struct Limits {
    low: f64,
    high: f64,
}

#[step(reads(delay: Minutes, origin: Airport, departure: temporal), adds(again: like(delay)))]
fn everything(
    flights: LazyFrame,
    limits: Limits,
    names: Vec<String>,
    weights: BTreeMap<String, f64>,
    pair: (i64, Option<String>),
    path: PathBuf,
    label: String,
) -> Fallible<LazyFrame> {
    let _ = (
        limits.low,
        limits.high,
        names,
        weights,
        pair,
        path,
        label,
        col("departure"),
        col("origin"),
    );
    Ok(flights.with_column(col("delay").alias("again")))
}

#[step]
fn eager(flights: DataFrame) -> Result<DataFrame, String> {
    Ok(flights)
}

/// The alias of a result is seen through.
#[step(reads(delay: any))]
fn aliased(flights: LazyFrame) -> Flights {
    flights.into()
}

#[step]
fn boxed(flights: Frame<Flight>) -> Result<Flights, StepError> {
    Ok(flights)
}

#[step]
fn source() -> Frame<Airport> {
    LazyFrame::default().into()
}

pipeline! {
    fn all(flights: Frame<Flight>, names: Vec<String>, limits: Limits) -> (Frame<Flight>, LazyFrame, Frame<Airport>) {
        let one = everything(
            flights,
            limits,
            names,
            BTreeMap::from([("a".to_owned(), 1.0)]),
            (1, Some("x".to_owned())),
            "folder/file",
            label = "text",
        );
        let two = aliased(one);
        let three = boxed(two);
        let four = eager(three);
        let airports = source();
        (three, four, airports)
    }
}

#[test]
fn types_are_free() {
    let _: fn(Arc<dyn pipe_core::source::Source>, Vec<String>, Limits) -> Pipeline<AllPipeline> =
        all;
    let names: Vec<_> = Flight::COLUMNS.iter().map(ToString::to_string).collect();
    assert_eq!(names[2], "stops: Vec<Airport>");
    assert_eq!(names[4], "tags: Option<Vec<String>>");
    assert_eq!(names[8], "arrival: DateTime<Utc> in ms at Europe/Berlin");
    assert_eq!(names[10], "Größe – m²: f32");
    let _ = |flight: Flight, airport: Airport| {
        let Flight {
            delay,
            origin,
            stops,
            raw,
            tags,
            day,
            time,
            departure,
            arrival,
            taxi,
            size,
        } = flight;
        let _ = (
            delay, origin, stops, raw, tags, day, time, departure, arrival, taxi, size,
        );
        (airport.name, airport.runways)
    };
}
