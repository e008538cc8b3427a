//! A column that is declared as added and never made.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), adds(late: bool, very_late: bool))]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights.with_column(col("dep_delay").gt(lit(15)).alias("late"))
}

fn main() {}
