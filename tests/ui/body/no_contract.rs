//! A step that names a column and has no contract at all.

use pipe_core::prelude::*;

#[step]
fn far(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("distance").gt(lit(1000)))
}

fn main() {}
