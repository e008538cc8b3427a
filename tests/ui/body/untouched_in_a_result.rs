//! A column that is read for a result without it.

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

#[step(reads(carrier: String, dep_delay: Option<i64>, distance: i64), returns(CarrierDelay))]
fn by_carrier(flights: LazyFrame) -> LazyFrame {
    flights.group_by([col("carrier")]).agg([col("dep_delay").mean().alias("mean_delay")])
}

fn main() {}
