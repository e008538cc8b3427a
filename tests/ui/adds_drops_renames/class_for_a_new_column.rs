//! A new column needs one type, a class is not enough.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(adds(late: numeric))]
fn flag(flights: LazyFrame) -> LazyFrame {
    flights.with_column(lit(1).alias("late"))
}

fn main() {}
