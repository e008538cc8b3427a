//! Two mistakes that have nothing to do with each other are two errors (2 mistakes).

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>, distance: i64), adds(late: bool))]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights
        .filter(col("distance").gt(lit(0)))
        .with_column(col("air_time").gt(lit(15)).alias("lat"))
}

fn main() {}
