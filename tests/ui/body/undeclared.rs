//! A column that the contract does not mention.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(distance: i64), adds(slowness: f64))]
fn add_slowness(flights: LazyFrame) -> LazyFrame {
    flights.with_column((col("dep_delay") / col("distance")).alias("slowness"))
}

fn main() {}
