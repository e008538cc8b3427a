//! Two misspelled names are two errors (2 mistakes).

use pipe_core::prelude::*;

#[step(reads(dep_delay: Option<i64>, distance: i64))]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("dep_dely").gt(col("distence")))
}

fn main() {}
