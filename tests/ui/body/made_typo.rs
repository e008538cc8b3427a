//! A misspelled new column: one error, at the literal.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights.with_column(col("dep_delay").gt(lit(15)).alias("lat"))
}

fn main() {}
