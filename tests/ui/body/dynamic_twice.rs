//! Letting names pass twice.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), dynamic_names, dynamic_names("late_share"))]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("late_share").gt(col("dep_delay")))
}

fn main() {}
