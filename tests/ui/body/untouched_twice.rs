//! A column that two clauses name and the body does not is one error.

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>, distance: i64), drops(dep_delay))]
fn far(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("distance").gt(lit(1000)))
}

fn main() {}
