//! A step calls a function whose code is not tracked.

use pipe_core::prelude::*;

fn hours(minutes: Expr) -> Expr {
    minutes / lit(60)
}

#[step(reads(air_time: f64), adds(hours: f64))]
fn add_hours(flights: LazyFrame) -> LazyFrame {
    flights.with_column(hours(col("air_time")).alias("hours"))
}

fn main() {}
