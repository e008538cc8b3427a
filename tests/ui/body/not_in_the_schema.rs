//! A column that the schema does not have.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step]
fn far(flights: Frame<Flight>) -> Frame<Flight> {
    flights.lazy().filter(col("air_time").gt(lit(60))).into()
}

fn main() {}
