//! A misspelled new column in a variable.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn rate(flights: LazyFrame) -> LazyFrame {
    let late = col("dep_delay").gt(lit(15)).alias("lat");
    let rated = flights.with_column(late);
    rated.filter(col("dep_delay").is_not_null())
}

fn main() {}
