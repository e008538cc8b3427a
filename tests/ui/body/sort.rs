//! A misspelled column to sort by.

use pipe_core::prelude::*;

#[step(reads(carrier: String, dep_delay: Option<i64>))]
fn clean(flights: LazyFrame) -> LazyFrame {
    flights.sort(["carrier", "dep_dely"], SortMultipleOptions::default())
}

fn main() {}
