//! A renaming that the body does not do is one error.

use pipe_core::prelude::*;

#[step(reads(distance: i64), renames(dep_delay => delay))]
fn far(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("distance").gt(lit(1000)))
}

fn main() {}
