//! The schema of a typed result says what comes out.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(drops(distance))]
fn far(flights: LazyFrame) -> Frame<Flight> {
    flights.filter(col("distance").gt(lit(1000))).into()
}

fn main() {}
