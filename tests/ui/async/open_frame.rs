//! A step that is `async` and does not touch what it says.

use pipe_core::prelude::*;

#[step(reads(distance: i64), adds(far: bool))]
async fn fetch(flights: LazyFrame) -> LazyFrame {
    flights.with_column(col("distanze").gt(lit(1000)).alias("far"))
}

fn main() {}
