//! A column that is declared as replaced and never made.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), replaces(distance: f64))]
fn positive(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("dep_delay").gt(lit(0)))
}

fn main() {}
