//! A misspelled column that is added to a `DataFrame`.

use pipe_core::prelude::*;

#[step(reads(distance: i64), adds(row: i64))]
fn numbered(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("distance").gt(lit(0))).with_column(lit(Series::new("rows".into(), [1_i64])).alias("rwo"))
}

fn main() {}
