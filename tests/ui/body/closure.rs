//! A misspelled column in a closure.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn rate(flights: LazyFrame) -> LazyFrame {
    let later_than = |minutes: i64| col("dep_dely").gt(lit(minutes));
    flights.with_column(later_than(15).alias("late"))
}

fn main() {}
