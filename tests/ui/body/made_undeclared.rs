//! A new column that the contract does not mention.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights.with_columns([
        col("dep_delay").gt(lit(15)).alias("late"),
        col("dep_delay").gt(lit(60)).alias("annoying"),
    ])
}

fn main() {}
