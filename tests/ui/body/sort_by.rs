//! A misspelled column in the `sort_by` of an expression.

use pipe_core::prelude::*;

#[step(reads(carrier: String, dep_delay: Option<i64>))]
fn clean(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("carrier").sort_by(["dep_dely"], SortMultipleOptions::default()).is_not_null())
}

fn main() {}
