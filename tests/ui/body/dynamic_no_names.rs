//! Letting no name pass.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), dynamic_names())]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("dep_delay").gt(lit(15)))
}

fn main() {}
