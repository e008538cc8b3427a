//! A misspelled column as a bare condition.

use pipe_core::prelude::*;

#[step(reads(cancelled: bool), adds(state: String))]
fn rate(flights: LazyFrame) -> LazyFrame {
    flights.with_column(when("canceled").then(lit("off")).otherwise(lit("on")).alias("state"))
}

fn main() {}
