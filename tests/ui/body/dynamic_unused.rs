//! A name that is let pass and that the body does not have.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), dynamic_names("late_share"))]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("dep_delay").gt(lit(15)))
}

fn main() {}
