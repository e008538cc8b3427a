//! The schema of a typed input says what is read.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(distance: i64))]
fn far(flights: Frame<Flight>) -> LazyFrame {
    flights.lazy().filter(col("distance").gt(lit(1000)))
}

fn main() {}
