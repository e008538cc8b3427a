//! A tracked function calls one that is not tracked.

use pipe_core::prelude::*;

fn per_hour() -> Expr {
    lit(60)
}

#[tracked]
fn hours(minutes: Expr) -> Expr {
    minutes / per_hour()
}

#[step(reads(air_time: f64), adds(hours: f64))]
fn add_hours(flights: LazyFrame) -> LazyFrame {
    flights.with_column(hours(col("air_time")).alias("hours"))
}

fn main() {}
