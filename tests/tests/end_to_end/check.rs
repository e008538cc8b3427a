//! `check()`, the one line that a user adds as a test: every step on frames without rows.

use pipe_core::prelude::*;

#[derive(Schema)]
#[allow(dead_code, reason = "only the columns are looked at, no rows are made")]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[derive(Schema)]
#[allow(dead_code, reason = "only the columns are looked at, no rows are made")]
struct CarrierDelay {
    carrier: String,
    mean_delay: Option<f64>,
}

/// Says that it adds `per_mile` of type `f64`.
#[step(reads(dep_delay: Option<i64>, distance: i64), adds(per_mile: Option<f64>))]
fn rate(flights: LazyFrame, scale: f64) -> LazyFrame {
    flights.with_column((col("dep_delay") * lit(scale) / col("distance")).alias("per_mile"))
}

/// Says the same, but its column is an integer.
#[step(reads(dep_delay: Option<i64>, distance: i64), adds(per_mile: Option<f64>))]
fn rate_in_whole_numbers(flights: LazyFrame) -> LazyFrame {
    flights.with_column((col("dep_delay") + col("distance")).alias("per_mile"))
}

/// Says that the mean is called `mean_delay`, but leaves it under another name.
#[step(reads(carrier: String, dep_delay: Option<i64>), returns(CarrierDelay))]
fn by_carrier_misnamed(flights: LazyFrame) -> LazyFrame {
    flights
        .group_by([col("carrier")])
        .agg([col("dep_delay").mean()])
}

#[step(reads(carrier: String, dep_delay: Option<i64>), returns(CarrierDelay))]
fn by_carrier(flights: LazyFrame) -> LazyFrame {
    flights
        .group_by([col("carrier")])
        .agg([col("dep_delay").mean().alias("mean_delay")])
}

pipeline! {
    fn delays(flights: Frame<Flight>, scale: f64 = 60.0) -> Frame<CarrierDelay> {
        let rated = rate(flights, scale);
        let carriers = by_carrier(rated);
        carriers
    }
}

pipeline! {
    fn anything(flights: LazyFrame, scale: f64, airports: Frame<Flight> = Csv::new("not there.csv")) -> (LazyFrame, LazyFrame) {
        let rated = rate(flights, scale);
        let others = rate(airports, scale);
        (rated, others)
    }
}

pipeline! {
    fn wrong(flights: Frame<Flight>) -> Frame<CarrierDelay> {
        let rated = rate_in_whole_numbers(flights);
        let carriers = by_carrier_misnamed(rated);
        carriers
    }
}

#[test]
fn steps_keep_their_contracts() {
    DelaysPipeline::check().expect("contracts that hold");
}

#[test]
fn what_has_neither_a_schema_nor_a_default_is_an_argument() {
    let flights = df!("dep_delay" => [1_i64], "distance" => [2_i64]).expect("a frame");
    AnythingPipeline::check(flights, 60.0).expect("contracts that hold");
}

#[test]
fn every_difference_is_in_one_report() {
    let error = WrongPipeline::check().expect_err("two steps that break their word");
    let report = error.to_string();
    assert_eq!(
        format!("{error:?}"),
        format!("\n{report}"),
        "what `unwrap` prints"
    );
    let lines: Vec<&str> = report.lines().collect();
    for expected in [
        "node `rated` (step `rate_in_whole_numbers` at tests/tests/end_to_end/check.rs:",
        "column `per_mile`: the contract says f64, the step's result has i64",
        "node `carriers` (step `by_carrier_misnamed` at tests/tests/end_to_end/check.rs:",
        "column `mean_delay`: the contract says f64, the step's result has none of that name",
        "column `dep_delay`: the contract says nothing of it, the step's result has f64",
    ] {
        assert!(
            lines.iter().any(|line| line.contains(expected)),
            "no line with {expected:?} in\n{report}"
        );
    }
}
