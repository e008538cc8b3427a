//! A column with the suffix that `.name()` gives, whose stem is misspelled.

use pipe_core::prelude::*;

#[step(reads(distance: i64), adds(distance_km: f64))]
fn metric(flights: LazyFrame) -> LazyFrame {
    flights
        .with_column((col("distance") * lit(1.6)).name().suffix("_km"))
        .filter(col("distnace_km").gt(lit(1000.0)))
}

fn main() {}
