//! One step makes a column twice.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(adds(late: bool), replaces(late: bool))]
fn flag(flights: LazyFrame) -> LazyFrame {
    flights.with_column(lit(true).alias("late"))
}

fn main() {}
