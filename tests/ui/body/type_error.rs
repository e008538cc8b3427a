//! A mistake in Rust in the body of a step is reported once, by rustc.

use pipe_core::prelude::*;

#[step(reads(distance: i64))]
fn far(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("distance").gt(lit("far")), 1)
}

fn main() {}
