//! A name nowhere near the one that is declared: one mistake, one error.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights.with_column(col("minutes_behind").gt(lit(15)).alias("late"))
}

fn main() {}
