//! A misspelled name that is to be let pass.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>), dynamic_names("dep_delays"))]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("dep_delay").gt(lit(15)))
}

fn main() {}
