//! A new name that the body does not give.

use pipe_core::prelude::*;

#[step(reads(distance: i64), renames(dep_delay => delay))]
fn far(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("distance").gt(col("dep_delay")))
}

fn main() {}
