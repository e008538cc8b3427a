//! A misspelled column in the subset of `unique_stable`.

use pipe_core::prelude::*;

#[step(reads(carrier: String, dep_delay: Option<i64>))]
fn clean(flights: LazyFrame) -> LazyFrame {
    flights.filter(col("dep_delay").is_not_null()).unique_stable(Some(cols(["carier"])), UniqueKeepStrategy::First)
}

fn main() {}
