//! A misspelled column in the body of a typed step.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step]
fn far(flights: Frame<Flight>) -> Frame<Flight> {
    flights.lazy().filter(col("distence").gt(lit(1000))).into()
}

fn main() {}
