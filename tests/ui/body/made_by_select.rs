//! A column that is selected and not in the schema of the result.

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

#[step(reads(carrier: String, dep_delay: Option<f64>), returns(CarrierDelay))]
fn narrow(flights: LazyFrame) -> LazyFrame {
    flights.select([col("carrier"), col("dep_delay").alias("mean_delay"), lit(1).alias("weight")])
}

fn main() {}
