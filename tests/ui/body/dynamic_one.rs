//! Another name than the one that is let pass is checked.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), dynamic_names("late_share"))]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("late_share").gt(col("dep_dely")))
}

fn main() {}
