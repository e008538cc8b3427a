//! A misspelled column in `max("…")`.

use pipe_core::prelude::*;

#[step(reads(carrier: String, dep_delay: Option<i64>))]
fn clean(flights: LazyFrame) -> LazyFrame {
    flights.filter(max("dep_dely").gt(lit(60)).and(col("carrier").is_not_null()))
}

fn main() {}
