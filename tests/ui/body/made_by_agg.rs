//! A misspelled result of a typed step.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[derive(Schema)]
struct CarrierDelay {
    carrier: String,
    mean_delay: Option<f64>,
}

#[step]
fn by_carrier(flights: Frame<Flight>) -> Frame<CarrierDelay> {
    flights.lazy().group_by([col("carrier")]).agg([col("dep_delay").mean().alias("mean_dely")]).into()
}

fn main() {}
