//! A misspelled new column in one of two branches.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), adds(late: Option<bool>))]
fn rate(flights: LazyFrame, strict: bool) -> LazyFrame {
    if strict {
        flights.with_column(col("dep_delay").gt(lit(0)).alias("late"))
    } else {
        flights.with_column(col("dep_delay").gt(lit(15)).alias("lates"))
    }
}

fn main() {}
