//! A misspelled column in the body of a step: the literal is underlined.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(dep_delay: Option<i64>, distance: i64), adds(slowness: f64))]
fn add_slowness(flights: LazyFrame) -> LazyFrame {
    flights.with_column((col("dep_dealy") / col("distance")).alias("slowness"))
}

fn main() {}
