//! A column that is declared as read and never named.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>, distance: i64), adds(late: bool))]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights.with_column(col("dep_delay").gt(lit(15)).alias("late"))
}

fn main() {}
